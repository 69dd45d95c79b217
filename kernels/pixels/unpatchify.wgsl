// Assembles patches of logits into pixels: pixels[f, y, x, c] = sigmoid(patches[f, s, (py·p + px)·3 + c]). The padding is cropped.
// For values that are not logits: clamp(value, 0, 1).
// From patch_geometry (common): patches_across, patches_per_frame.
// Grid: one thread per value of a pixel row (x) and pixel row (y).

struct Params {
  height: u32,
  width: u32,
  patch_size: u32,
  frames: u32,
  are_logits: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> patches: array<elem>; // [F, S, 3p²]
@group(0) @binding(2) var<storage, read_write> pixels: array<f32>; // [F, height, width, 3] in 0 … 1

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u) {
  let x = id.x / 3u;
  let row = row_index(id);
  let frame = row / params.height;
  let y = row % params.height;
  if (x >= params.width || frame >= params.frames) { return; }
  let s = (y / params.patch_size) * patches_across() + x / params.patch_size;
  let value = ((y % params.patch_size) * params.patch_size + x % params.patch_size) * 3u + id.x % 3u;
  let v = f32(patches[(frame * patches_per_frame() + s) * 3u * params.patch_size * params.patch_size + value]);
  pixels[(frame * params.height + y) * params.width * 3u + id.x] =
    select(clamp(v, 0.0, 1.0), 1.0 / (1.0 + exp(-clamp(v, -80.0, 80.0))), params.are_logits != 0u);
}
