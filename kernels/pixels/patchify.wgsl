// Cuts frames into patches: patches[f, s, (py·p + px)·3 + c] = frames[f, y, x].c / 255, with y and x the position of pixel (px, py) of
// patch s. Padding at the bottom and right repeats the edge pixel, or is 0.
// From patch_geometry (common): patches_per_frame, pixel_position.
// Grid: one thread per value of a patch (x) and patch (y).

struct Params {
  height: u32,
  width: u32,
  patch_size: u32,
  rows: u32, // frames · patches per frame
  zero_padding: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> frames: array<u32>; // [F, height, width] RGBA8, red in the low byte
@group(0) @binding(2) var<storage, read_write> patches: array<elem>; // [rows, 3p²]

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u) {
  let values = 3u * params.patch_size * params.patch_size;
  let row = row_index(id);
  if (id.x >= values || row >= params.rows) { return; }
  let frame = row / patches_per_frame();
  let place = pixel_position(row % patches_per_frame(), id.x / 3u);
  let at = min(place, vec2u(params.width - 1u, params.height - 1u));
  let rgba = frames[(frame * params.height + at.y) * params.width + at.x];
  let is_zero = params.zero_padding != 0u && any(place != at);
  patches[row * values + id.x] = elem(select(f32((rgba >> (8u * (id.x % 3u))) & 255u) / 255.0, 0.0, is_zero));
}
