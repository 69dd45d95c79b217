// y = GELU(x) in its tanh form, element by element: what training records in place of the GELU within linear.wgsl, as the way
// back needs x. Grid: one thread an element.

struct Params {
  length: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read_write> y: array<f32>;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u) {
  let at = id.x + (id.y + id.z * 32768u) * 65536u;
  if (at >= params.length) { return; }
  let v = x[at];
  let t = 0.7978845608028654 * (v + 0.044715 * v * v * v);
  y[at] = 0.5 * v * (1.0 + tanh(clamp(t, -12.0, 12.0)));
}
