// linear in 16-bit arithmetic, where the adapter has it: four products of a row are summed in f16 and then added in f32, so that
// the long sum keeps its digits. Only for a Gpu of precision f16. Grid: a thread makes 4 rows × 4 outputs.

fn halves(four: elem4) -> vec4h { return bitcast<vec4h>(four); }

fn half_product(a: vec4h, w0: vec4h, w1: vec4h, w2: vec4h, w3: vec4h, sum: vec4f) -> vec4f {
  return sum + vec4f(fma(vec4h(a.x), w0, fma(vec4h(a.y), w1, fma(vec4h(a.z), w2, vec4h(a.w) * w3))));
}

@compute @workgroup_size(8, 8)
fn main(@builtin(global_invocation_id) id: vec3u) {
  let column = id.x;
  let row = id.y * 4u;
  let outer4 = size.outer / 4u;
  let inner4 = size.inner / 4u;
  if (column >= outer4 || row >= size.rows) { return; }
  // Rows past the last read the last again and are not written.
  let last = size.rows - 1u;
  let r0 = row * inner4;
  let r1 = min(row + 1u, last) * inner4;
  let r2 = min(row + 2u, last) * inner4;
  let r3 = min(row + 3u, last) * inner4;
  let start = first(column);
  var a0 = start; var a1 = start; var a2 = start; var a3 = start;
  for (var i = 0u; i < inner4; i++) {
    let at = 4u * i * outer4 + column;
    let w0 = halves(weight[at]);
    let w1 = halves(weight[at + outer4]);
    let w2 = halves(weight[at + 2u * outer4]);
    let w3 = halves(weight[at + 3u * outer4]);
    a0 = half_product(halves(x[r0 + i]), w0, w1, w2, w3, a0);
    a1 = half_product(halves(x[r1 + i]), w0, w1, w2, w3, a1);
    a2 = half_product(halves(x[r2 + i]), w0, w1, w2, w3, a2);
    a3 = half_product(halves(x[r3 + i]), w0, w1, w2, w3, a3);
  }
  finish(a0, row, column);
  finish(a1, row + 1u, column);
  finish(a2, row + 2u, column);
  finish(a3, row + 3u, column);
}
