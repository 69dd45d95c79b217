// dx = dy · GELU'(x), element by element. With t the tanh of GELU, GELU'(x) = (1 + t)/2 + x/2 · (1 - t²) · √(2/π) · (1 + 3 · 0.044715 · x²).
// From gelu_tanh (common): gelu_tanh, GELU_SCALE, GELU_CUBIC.
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
  if (at >= params.length) { return; }
  let v = x[at];
  let t = gelu_tanh(v);
  let slope = 0.5 * (1.0 + t) + 0.5 * v * (1.0 - t * t) * (GELU_SCALE * (1.0 + 3.0 * GELU_CUBIC * v * v));
  dx[at] = dy[at] * slope;
}
