// dx = dy · GELU'(x), element by element.
// From gelu_tanh (common): gelu_slope.
// Grid: one thread per element (elementGrid).

struct Params {
  length: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<f32>; // [length]
@group(0) @binding(2) var<storage, read> dy: array<f32>; // [length]
@group(0) @binding(3) var<storage, read_write> dx: array<f32>; // [length]

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u) {
  let at = element_index(id);
  if (at < params.length) { dx[at] = dy[at] * gelu_slope(x[at]); }
}
