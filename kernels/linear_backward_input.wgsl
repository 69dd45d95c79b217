// dx = dy · Wᵀ + so_far: the gradient of linear.wgsl's input. As there, operands come straight from storage and stay in
// registers; four by four weights are turned in registers, so that four inputs are one vec4.
// inner and outer are multiples of 4. Grid: a thread makes 8 rows × 4 inputs.

struct Size {
  rows: u32,
  inner: u32,
  outer: u32,
  has_so_far: u32,
}

@group(0) @binding(0) var<uniform> size: Size;
@group(0) @binding(1) var<storage, read> dy: array<vec4f>; // [rows, outer]
@group(0) @binding(2) var<storage, read> weight: array<vec4f>; // [inner, outer]
@group(0) @binding(3) var<storage, read> so_far: array<vec4f>; // [rows, inner]
@group(0) @binding(4) var<storage, read_write> dx: array<vec4f>; // [rows, inner]

fn finish(sum: vec4f, row: u32, column: u32) {
  if (row >= size.rows) { return; }
  let at = row * (size.inner / 4u) + column;
  var v = sum;
  if (size.has_so_far != 0u) { v += so_far[at]; }
  dx[at] = v;
}

@compute @workgroup_size(8, 8)
fn main(@builtin(global_invocation_id) id: vec3u) {
  let column = id.x;
  let row = id.y * 8u;
  let outer4 = size.outer / 4u;
  if (column >= size.inner / 4u || row >= size.rows) { return; }
  var a0 = vec4f(); var a1 = vec4f(); var a2 = vec4f(); var a3 = vec4f();
  var a4 = vec4f(); var a5 = vec4f(); var a6 = vec4f(); var a7 = vec4f();
  // Rows past the last read the last again and are not written.
  let last = size.rows - 1u;
  let r0 = row * outer4;
  let r1 = min(row + 1u, last) * outer4;
  let r2 = min(row + 2u, last) * outer4;
  let r3 = min(row + 3u, last) * outer4;
  let r4 = min(row + 4u, last) * outer4;
  let r5 = min(row + 5u, last) * outer4;
  let r6 = min(row + 6u, last) * outer4;
  let r7 = min(row + 7u, last) * outer4;
  for (var o = 0u; o < outer4; o++) {
    let at = 4u * column * outer4 + o;
    let turned = transpose(mat4x4f(weight[at], weight[at + outer4], weight[at + 2u * outer4], weight[at + 3u * outer4]));
    let w0 = turned[0];
    let w1 = turned[1];
    let w2 = turned[2];
    let w3 = turned[3];
    let y0 = dy[r0 + o]; a0 = fma(vec4f(y0.x), w0, fma(vec4f(y0.y), w1, fma(vec4f(y0.z), w2, fma(vec4f(y0.w), w3, a0))));
    let y1 = dy[r1 + o]; a1 = fma(vec4f(y1.x), w0, fma(vec4f(y1.y), w1, fma(vec4f(y1.z), w2, fma(vec4f(y1.w), w3, a1))));
    let y2 = dy[r2 + o]; a2 = fma(vec4f(y2.x), w0, fma(vec4f(y2.y), w1, fma(vec4f(y2.z), w2, fma(vec4f(y2.w), w3, a2))));
    let y3 = dy[r3 + o]; a3 = fma(vec4f(y3.x), w0, fma(vec4f(y3.y), w1, fma(vec4f(y3.z), w2, fma(vec4f(y3.w), w3, a3))));
    let y4 = dy[r4 + o]; a4 = fma(vec4f(y4.x), w0, fma(vec4f(y4.y), w1, fma(vec4f(y4.z), w2, fma(vec4f(y4.w), w3, a4))));
    let y5 = dy[r5 + o]; a5 = fma(vec4f(y5.x), w0, fma(vec4f(y5.y), w1, fma(vec4f(y5.z), w2, fma(vec4f(y5.w), w3, a5))));
    let y6 = dy[r6 + o]; a6 = fma(vec4f(y6.x), w0, fma(vec4f(y6.y), w1, fma(vec4f(y6.z), w2, fma(vec4f(y6.w), w3, a6))));
    let y7 = dy[r7 + o]; a7 = fma(vec4f(y7.x), w0, fma(vec4f(y7.y), w1, fma(vec4f(y7.z), w2, fma(vec4f(y7.w), w3, a7))));
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
