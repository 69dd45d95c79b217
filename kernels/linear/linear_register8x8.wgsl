// linear, register-tiled: linear_register8x4.wgsl with twice the outputs per thread, which halves the reads of x.
// From linear_common, linear_vec4_common: bindings, initial_sum, product, store.
// Grid: one thread per 8 outputs (x) and 8 rows (y).

@compute @workgroup_size(8, 8)
fn main(@builtin(global_invocation_id) id: vec3u) {
  let column = 2u * id.x;
  let row = id.y * 8u;
  let outer4 = params.outer / 4u;
  let inner4 = params.inner / 4u;
  if (column >= outer4 || row >= params.rows) { return; }
  // Reads past the last row and column are clamped to them, and their outputs are not stored.
  let last = params.rows - 1u;
  let right = min(column + 1u, outer4 - 1u);
  let r0 = row * inner4;
  let r1 = min(row + 1u, last) * inner4;
  let r2 = min(row + 2u, last) * inner4;
  let r3 = min(row + 3u, last) * inner4;
  let r4 = min(row + 4u, last) * inner4;
  let r5 = min(row + 5u, last) * inner4;
  let r6 = min(row + 6u, last) * inner4;
  let r7 = min(row + 7u, last) * inner4;
  let start_a = initial_sum(column);
  var a0 = start_a; var a1 = start_a; var a2 = start_a; var a3 = start_a;
  var a4 = start_a; var a5 = start_a; var a6 = start_a; var a7 = start_a;
  let start_b = initial_sum(right);
  var b0 = start_b; var b1 = start_b; var b2 = start_b; var b3 = start_b;
  var b4 = start_b; var b5 = start_b; var b6 = start_b; var b7 = start_b;
  for (var i = 0u; i < inner4; i++) {
    let at = 4u * i * outer4;
    let w0 = unpack4(weight[at + column]);
    let w1 = unpack4(weight[at + 1u * outer4 + column]);
    let w2 = unpack4(weight[at + 2u * outer4 + column]);
    let w3 = unpack4(weight[at + 3u * outer4 + column]);
    let v0 = unpack4(weight[at + right]);
    let v1 = unpack4(weight[at + 1u * outer4 + right]);
    let v2 = unpack4(weight[at + 2u * outer4 + right]);
    let v3 = unpack4(weight[at + 3u * outer4 + right]);
    let x0 = unpack4(x[r0 + i]);
    a0 = product(x0, w0, w1, w2, w3, a0);
    b0 = product(x0, v0, v1, v2, v3, b0);
    let x1 = unpack4(x[r1 + i]);
    a1 = product(x1, w0, w1, w2, w3, a1);
    b1 = product(x1, v0, v1, v2, v3, b1);
    let x2 = unpack4(x[r2 + i]);
    a2 = product(x2, w0, w1, w2, w3, a2);
    b2 = product(x2, v0, v1, v2, v3, b2);
    let x3 = unpack4(x[r3 + i]);
    a3 = product(x3, w0, w1, w2, w3, a3);
    b3 = product(x3, v0, v1, v2, v3, b3);
    let x4 = unpack4(x[r4 + i]);
    a4 = product(x4, w0, w1, w2, w3, a4);
    b4 = product(x4, v0, v1, v2, v3, b4);
    let x5 = unpack4(x[r5 + i]);
    a5 = product(x5, w0, w1, w2, w3, a5);
    b5 = product(x5, v0, v1, v2, v3, b5);
    let x6 = unpack4(x[r6 + i]);
    a6 = product(x6, w0, w1, w2, w3, a6);
    b6 = product(x6, v0, v1, v2, v3, b6);
    let x7 = unpack4(x[r7 + i]);
    a7 = product(x7, w0, w1, w2, w3, a7);
    b7 = product(x7, v0, v1, v2, v3, b7);
  }
  store(a0, row, column);
  store(b0, row, column + 1u);
  store(a1, row + 1u, column);
  store(b1, row + 1u, column + 1u);
  store(a2, row + 2u, column);
  store(b2, row + 2u, column + 1u);
  store(a3, row + 3u, column);
  store(b3, row + 3u, column + 1u);
  store(a4, row + 4u, column);
  store(b4, row + 4u, column + 1u);
  store(a5, row + 5u, column);
  store(b5, row + 5u, column + 1u);
  store(a6, row + 6u, column);
  store(b6, row + 6u, column + 1u);
  store(a7, row + 7u, column);
  store(b7, row + 7u, column + 1u);
}
