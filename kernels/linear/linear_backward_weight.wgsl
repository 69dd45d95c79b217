// dW = xᵀ · dy over all rows, for any widths: the gradient of linear's weight, in the same layout. One thread per sum, no atomics.
// Grid: one thread per output (x) and input (y).

struct Params {
  rows: u32,
  inner: u32,
  outer: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<f32>; // [rows, inner]
@group(0) @binding(2) var<storage, read> dy: array<f32>; // [rows, outer]
@group(0) @binding(3) var<storage, read_write> dw: array<f32>; // [inner, outer]

@compute @workgroup_size(8, 8)
fn main(@builtin(global_invocation_id) id: vec3u) {
  let column = id.x;
  let input = id.y;
  if (column >= params.outer || input >= params.inner) { return; }
  var sum = 0.0;
  for (var row = 0u; row < params.rows; row++) { sum = fma(x[row * params.inner + input], dy[row * params.outer + column], sum); }
  dw[input * params.outer + column] = sum;
}
