// dW = xᵀ · dy over all rows: the gradient of linear.wgsl's weight, laid out as it is. One owner a sum: nothing is atomic.
// inner and outer are multiples of 4. Grid: a thread makes 8 inputs × 4 outputs.

struct Size {
  rows: u32,
  inner: u32,
  outer: u32,
}

@group(0) @binding(0) var<uniform> size: Size;
@group(0) @binding(1) var<storage, read> x: array<vec4f>; // [rows, inner]
@group(0) @binding(2) var<storage, read> dy: array<vec4f>; // [rows, outer]
@group(0) @binding(3) var<storage, read_write> dw: array<vec4f>; // [inner, outer]

@compute @workgroup_size(8, 8)
fn main(@builtin(global_invocation_id) id: vec3u) {
  let column = id.x;
  let input = id.y * 2u; // in vec4
  let inner4 = size.inner / 4u;
  let outer4 = size.outer / 4u;
  if (column >= outer4 || input >= inner4) { return; }
  // Where the last four inputs are missing, those before are taken twice and written once.
  let second = min(input + 1u, inner4 - 1u);
  var a0 = vec4f(); var a1 = vec4f(); var a2 = vec4f(); var a3 = vec4f();
  var a4 = vec4f(); var a5 = vec4f(); var a6 = vec4f(); var a7 = vec4f();
  for (var row = 0u; row < size.rows; row++) {
    let d = dy[row * outer4 + column];
    let v = x[row * inner4 + input];
    let u = x[row * inner4 + second];
    a0 = fma(vec4f(v.x), d, a0);
    a1 = fma(vec4f(v.y), d, a1);
    a2 = fma(vec4f(v.z), d, a2);
    a3 = fma(vec4f(v.w), d, a3);
    a4 = fma(vec4f(u.x), d, a4);
    a5 = fma(vec4f(u.y), d, a5);
    a6 = fma(vec4f(u.z), d, a6);
    a7 = fma(vec4f(u.w), d, a7);
  }
  let at = 4u * input * outer4 + column;
  dw[at] = a0;
  dw[at + outer4] = a1;
  dw[at + 2u * outer4] = a2;
  dw[at + 3u * outer4] = a3;
  if (second == input) { return; }
  dw[at + 4u * outer4] = a4;
  dw[at + 5u * outer4] = a5;
  dw[at + 6u * outer4] = a6;
  dw[at + 7u * outer4] = a7;
}
