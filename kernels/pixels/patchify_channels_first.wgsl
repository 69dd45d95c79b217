// Cuts frames of floats into patches: patches[f, s, c·p² + py·p + px] = frames[f, y, x, c], with y and x the position of pixel (px, py)
// of patch s. Padding at the bottom and right repeats the edge pixel.
// From patch_geometry (common): patches_per_frame, pixel_position.
// Grid: one thread per value of a patch (x) and patch (y).

struct Params {
  height: u32,
  width: u32,
  patch_size: u32,
  rows: u32, // frames · patches per frame
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> frames: array<f32>; // [F, height, width, 3]
@group(0) @binding(2) var<storage, read_write> patches: array<elem>; // [rows, 3p²]

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u) {
  let pixels = params.patch_size * params.patch_size;
  let row = row_index(id);
  if (id.x >= 3u * pixels || row >= params.rows) { return; }
  let frame = row / patches_per_frame();
  let at = min(pixel_position(row % patches_per_frame(), id.x % pixels), vec2u(params.width - 1u, params.height - 1u));
  patches[row * 3u * pixels + id.x] = elem(frames[((frame * params.height + at.y) * params.width + at.x) * 3u + id.x / pixels]);
}
