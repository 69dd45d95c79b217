// y[r, i] = silu(x[r, i]) · x[r, width + i], silu(v) = v / (1 + e^-v).
// Grid: one thread per element of y (elementGrid).

struct Params {
  length: u32,
  width: u32, // of y; x is twice as wide
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<elem>; // [rows, 2 · width]
@group(0) @binding(2) var<storage, read_write> y: array<elem>; // [rows, width]

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u) {
  let i = element_index(id);
  if (i >= params.length) { return; }
  let at = i / params.width * 2u * params.width + i % params.width;
  let v = f32(x[at]);
  y[i] = elem(v / (1.0 + exp(clamp(-v, -80.0, 80.0))) * f32(x[at + params.width]));
}
