// dx = dy · GELU'(x), element by element. With t = √(2/π)·(x + 0.044715·x³):
// GELU'(x) = (1 + tanh t)/2 + x/2 · (1 - tanh² t) · √(2/π)·(1 + 3·0.044715·x²). Grid: one thread an element.

struct Params {
  length: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read> dy: array<f32>;
@group(0) @binding(3) var<storage, read_write> dx: array<f32>;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u) {
  let at = id.x + (id.y + id.z * 32768u) * 65536u;
  if (at >= params.length) { return; }
  let v = x[at];
  let t = tanh(clamp(0.7978845608028654 * (v + 0.044715 * v * v * v), -12.0, 12.0));
  let slope = 0.7978845608028654 * (1.0 + 0.134145 * v * v);
  dx[at] = dy[at] * (0.5 * (1.0 + t) + 0.5 * v * (1.0 - t * t) * slope);
}
