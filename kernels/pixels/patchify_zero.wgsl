// Cuts frames into patches, as patchify does, but the padding at the bottom and right is 0.
// From patch_geometry (common): patches_per_frame, pixel_position.
// Grid: one thread per value of a patch (x) and patch (y).

struct Params {
  height: u32,
  width: u32,
  patch_size: u32,
  rows: u32, // frames · patches per frame
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
  let at = pixel_position(row % patches_per_frame(), id.x / 3u);
  var value = 0.0;
  if (at.x < params.width && at.y < params.height) {
    value = f32((frames[(frame * params.height + at.y) * params.width + at.x] >> (8u * (id.x % 3u))) & 255u) / 255.0;
  }
  patches[row * values + id.x] = elem(value);
}
