// y = activation(x · W + bias) + residual: linear.wgsl in its simplest form, for any sizes. Version 1, and what runs where
// a width is no multiple of 4. Grid: one thread an output.

struct Params {
  rows: u32,
  inner: u32,
  outer: u32,
  has_bias: u32,
  gelu: u32,
  residual_rows: u32, // 0: no residual; fewer than rows: repeated down the rows
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<elem>; // [rows, inner]
@group(0) @binding(2) var<storage, read> weight: array<elem>; // [inner, outer]
@group(0) @binding(3) var<storage, read> bias: array<f32>; // [outer]
@group(0) @binding(4) var<storage, read> residual: array<elem>; // [residual_rows, outer]
@group(0) @binding(5) var<storage, read_write> y: array<elem>; // [rows, outer]

@compute @workgroup_size(8, 8)
fn main(@builtin(global_invocation_id) id: vec3u) {
  let column = id.x;
  let row = id.y;
  if (column >= params.outer || row >= params.rows) { return; }
  var sum = 0.0;
  for (var i = 0u; i < params.inner; i++) {
    sum = fma(f32(x[row * params.inner + i]), f32(weight[i * params.outer + column]), sum);
  }
  if (params.has_bias != 0u) { sum += bias[column]; }
  if (params.gelu != 0u) {
    let t = 0.7978845608028654 * (sum + 0.044715 * sum * sum * sum);
    sum = 0.5 * sum * (1.0 + tanh(clamp(t, -12.0, 12.0)));
  }
  if (params.residual_rows > 0u) { sum += f32(residual[(row % max(params.residual_rows, 1u)) * params.outer + column]); }
  y[row * params.outer + column] = elem(sum);
}
