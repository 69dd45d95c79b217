// Cuts frames into patches: patches[f, s, (py·p + px)·3 + c] = frames[f, y, x].c / 255 with y, x inside patch s.
// Frames that are no multiple of the patch are padded at the bottom and right with the edge pixel.
// Grid: one thread a value of a row (x), one row of patches (y).

struct Params {
  height: u32,
  width: u32,
  patch_size: u32,
  rows: u32, // frames · patches a frame
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> frames: array<u32>; // [F, height, width] RGBA8, red in the low byte
@group(0) @binding(2) var<storage, read_write> patches: array<elem>; // [rows, 3p²]

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u) {
  let values = 3u * params.patch_size * params.patch_size;
  let across = (params.width + params.patch_size - 1u) / params.patch_size;
  let down = (params.height + params.patch_size - 1u) / params.patch_size;
  let row = id.y + id.z * 32768u;
  if (id.x >= values || row >= params.rows) { return; }
  let frame = row / (across * down);
  let s = row % (across * down);
  let channel = id.x % 3u;
  let pixel = id.x / 3u;
  let y = min((s / across) * params.patch_size + pixel / params.patch_size, params.height - 1u);
  let x = min((s % across) * params.patch_size + pixel % params.patch_size, params.width - 1u);
  let rgba = frames[(frame * params.height + y) * params.width + x];
  patches[row * values + id.x] = elem(f32((rgba >> (8u * channel)) & 255u) / 255.0);
}
