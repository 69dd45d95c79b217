// pixels[i] = clamp((frames[i] + 1) / 2, 0, 1).
// Grid: one thread per value (elementGrid).

struct Params {
  length: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> frames: array<f32>; // [length]
@group(0) @binding(2) var<storage, read_write> pixels: array<f32>; // [length]

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u) {
  let i = element_index(id);
  if (i >= params.length) { return; }
  pixels[i] = clamp(0.5 * (frames[i] + 1.0), 0.0, 1.0);
}
