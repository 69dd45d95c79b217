// Assembles patches into frames of floats: frames[f, y, x, c] = patches[f, s, c·p² + py·p + px], or its tanh. The padding is cropped.
// From patch_geometry (common): patches_across, patches_per_frame.
// Grid: one thread per value of a pixel row (x) and pixel row (y).

struct Params {
  height: u32,
  width: u32,
  patch_size: u32,
  frames: u32,
  tanh: u32, // whether values pass through tanh
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> patches: array<elem>; // [F, S, 3p²]
@group(0) @binding(2) var<storage, read_write> frames: array<f32>; // [F, height, width, 3]

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u) {
  let x = id.x / 3u;
  let row = row_index(id);
  let frame = row / params.height;
  let y = row % params.height;
  if (x >= params.width || frame >= params.frames) { return; }
  let pixels = params.patch_size * params.patch_size;
  let s = (y / params.patch_size) * patches_across() + x / params.patch_size;
  let value = (id.x % 3u) * pixels + (y % params.patch_size) * params.patch_size + x % params.patch_size;
  var v = f32(patches[(frame * patches_per_frame() + s) * 3u * pixels + value]);
  if (params.tanh != 0u) { v = tanh(clamp(v, -12.0, 12.0)); }
  frames[(frame * params.height + y) * params.width * 3u + id.x] = v;
}
