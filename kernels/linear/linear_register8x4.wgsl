// linear, register-tiled: operands are read from storage and stay in registers.
// From linear_common, linear_vec4_common: bindings, initial_sum, product, store.
// Grid: one thread per 4 outputs (x) and 8 rows (y).

@compute @workgroup_size(8, 8)
fn main(@builtin(global_invocation_id) id: vec3u) {
  let column = id.x;
  let row = id.y * 8u;
  let outer4 = params.outer / 4u;
  let inner4 = params.inner / 4u;
  if (column >= outer4 || row >= params.rows) { return; }
  // Reads past the last row are clamped to it, and its outputs are not stored.
  let last = params.rows - 1u;
  let r0 = row * inner4;
  let r1 = min(row + 1u, last) * inner4;
  let r2 = min(row + 2u, last) * inner4;
  let r3 = min(row + 3u, last) * inner4;
  let r4 = min(row + 4u, last) * inner4;
  let r5 = min(row + 5u, last) * inner4;
  let r6 = min(row + 6u, last) * inner4;
  let r7 = min(row + 7u, last) * inner4;
  let start = initial_sum(column);
  var a0 = start; var a1 = start; var a2 = start; var a3 = start;
  var a4 = start; var a5 = start; var a6 = start; var a7 = start;
  for (var i = 0u; i < inner4; i++) {
    let at = 4u * i * outer4 + column;
    let w0 = unpack4(weight[at]);
    let w1 = unpack4(weight[at + outer4]);
    let w2 = unpack4(weight[at + 2u * outer4]);
    let w3 = unpack4(weight[at + 3u * outer4]);
    a0 = product(unpack4(x[r0 + i]), w0, w1, w2, w3, a0);
    a1 = product(unpack4(x[r1 + i]), w0, w1, w2, w3, a1);
    a2 = product(unpack4(x[r2 + i]), w0, w1, w2, w3, a2);
    a3 = product(unpack4(x[r3 + i]), w0, w1, w2, w3, a3);
    a4 = product(unpack4(x[r4 + i]), w0, w1, w2, w3, a4);
    a5 = product(unpack4(x[r5 + i]), w0, w1, w2, w3, a5);
    a6 = product(unpack4(x[r6 + i]), w0, w1, w2, w3, a6);
    a7 = product(unpack4(x[r7 + i]), w0, w1, w2, w3, a7);
  }
  store(a0, row, column);
  store(a1, row + 1u, column);
  store(a2, row + 2u, column);
  store(a3, row + 3u, column);
  store(a4, row + 4u, column);
  store(a5, row + 5u, column);
  store(a6, row + 6u, column);
  store(a7, row + 7u, column);
}
