// Shared by the kernels that quantise in training, which have `params`, `codebook` and `codes`.

// Channel i of the sum of the first `count` codes' rows of a position.
fn code_sum(row: u32, count: u32, i: u32) -> f32 {
  var sum = 0.0;
  for (var n = 0u; n < count; n++) {
    let code = u32(codes[row * params.codebooks + n]);
    sum += codebook[(n * params.codes + code) * params.width + i];
  }
  return sum;
}
