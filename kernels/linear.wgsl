// y = activation(x · W + bias) + residual, with W transposed when it was loaded, so that four outputs are one vec4.
// Operands come straight from storage and stay in registers: on a CPU workgroup memory costs more than it saves.
// inner and outer are multiples of 4. Grid: a thread makes 8 rows × 4 outputs.

struct Size {
  rows: u32,
  inner: u32,
  outer: u32,
  has_bias: u32,
  gelu: u32,
  residual_rows: u32, // 0: no residual; fewer than rows: repeated down the rows
}

@group(0) @binding(0) var<uniform> size: Size;
@group(0) @binding(1) var<storage, read> x: array<elem4>; // [rows, inner]
@group(0) @binding(2) var<storage, read> weight: array<elem4>; // [inner, outer]
@group(0) @binding(3) var<storage, read> bias: array<vec4f>; // [outer]
@group(0) @binding(4) var<storage, read> residual: array<elem4>; // [residual_rows, outer]
@group(0) @binding(5) var<storage, read_write> y: array<elem4>; // [rows, outer]

// The tanh form; the argument is clamped because tanh may overflow, and is 1 to the last digit beyond.
fn gelu4(v: vec4f) -> vec4f {
  let t = 0.7978845608028654 * (v + 0.044715 * v * v * v);
  return 0.5 * v * (1.0 + tanh(clamp(t, vec4f(-12.0), vec4f(12.0))));
}

fn finish(sum: vec4f, row: u32, column: u32) {
  if (row >= size.rows) { return; }
  var v = sum;
  if (size.has_bias != 0u) { v += bias[column]; }
  if (size.gelu != 0u) { v = gelu4(v); }
  if (size.residual_rows > 0u) { v += vec4f(residual[(row % max(size.residual_rows, 1u)) * (size.outer / 4u) + column]); }
  y[row * (size.outer / 4u) + column] = elem4(v);
}

@compute @workgroup_size(8, 8)
fn main(@builtin(global_invocation_id) id: vec3u) {
  let column = id.x;
  let row = id.y * 8u;
  let outer4 = size.outer / 4u;
  let inner4 = size.inner / 4u;
  if (column >= outer4 || row >= size.rows) { return; }
  var a0 = vec4f(); var a1 = vec4f(); var a2 = vec4f(); var a3 = vec4f();
  var a4 = vec4f(); var a5 = vec4f(); var a6 = vec4f(); var a7 = vec4f();
  // Rows past the last read the last again and are not written.
  let last = size.rows - 1u;
  let r0 = row * inner4;
  let r1 = min(row + 1u, last) * inner4;
  let r2 = min(row + 2u, last) * inner4;
  let r3 = min(row + 3u, last) * inner4;
  let r4 = min(row + 4u, last) * inner4;
  let r5 = min(row + 5u, last) * inner4;
  let r6 = min(row + 6u, last) * inner4;
  let r7 = min(row + 7u, last) * inner4;
  for (var i = 0u; i < inner4; i++) {
    let at = 4u * i * outer4 + column;
    let w0 = vec4f(weight[at]);
    let w1 = vec4f(weight[at + outer4]);
    let w2 = vec4f(weight[at + 2u * outer4]);
    let w3 = vec4f(weight[at + 3u * outer4]);
    let x0 = vec4f(x[r0 + i]); a0 = fma(vec4f(x0.x), w0, fma(vec4f(x0.y), w1, fma(vec4f(x0.z), w2, fma(vec4f(x0.w), w3, a0))));
    let x1 = vec4f(x[r1 + i]); a1 = fma(vec4f(x1.x), w0, fma(vec4f(x1.y), w1, fma(vec4f(x1.z), w2, fma(vec4f(x1.w), w3, a1))));
    let x2 = vec4f(x[r2 + i]); a2 = fma(vec4f(x2.x), w0, fma(vec4f(x2.y), w1, fma(vec4f(x2.z), w2, fma(vec4f(x2.w), w3, a2))));
    let x3 = vec4f(x[r3 + i]); a3 = fma(vec4f(x3.x), w0, fma(vec4f(x3.y), w1, fma(vec4f(x3.z), w2, fma(vec4f(x3.w), w3, a3))));
    let x4 = vec4f(x[r4 + i]); a4 = fma(vec4f(x4.x), w0, fma(vec4f(x4.y), w1, fma(vec4f(x4.z), w2, fma(vec4f(x4.w), w3, a4))));
    let x5 = vec4f(x[r5 + i]); a5 = fma(vec4f(x5.x), w0, fma(vec4f(x5.y), w1, fma(vec4f(x5.z), w2, fma(vec4f(x5.w), w3, a5))));
    let x6 = vec4f(x[r6 + i]); a6 = fma(vec4f(x6.x), w0, fma(vec4f(x6.y), w1, fma(vec4f(x6.z), w2, fma(vec4f(x6.w), w3, a6))));
    let x7 = vec4f(x[r7 + i]); a7 = fma(vec4f(x7.x), w0, fma(vec4f(x7.y), w1, fma(vec4f(x7.z), w2, fma(vec4f(x7.w), w3, a7))));
  }
  finish(a0, row, column);
  finish(a1, row + 1u, column);
  finish(a2, row + 2u, column);
  finish(a3, row + 3u, column);
  finish(a4, row + 4u, column);
  finish(a5, row + 5u, column);
  finish(a6, row + 6u, column);
  finish(a7, row + 7u, column);
}
