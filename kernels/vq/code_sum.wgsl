// Shared by the kernels that quantise in training, which have `params`, `codebook` and `codes`.

// Channel i of the sum of the first `count` codes' rows of a position.
fn code_sum(row: u32, count: u32, i: u32) -> f32 {
  var sum = 0.0;
  for (var index = 0u; index < count; index++) {
    let code = u32(codes[row * params.codebooks + index]);
    sum += codebook[(index * params.codes + code) * params.width + i];
  }
  return sum;
}
