// y[f, s] = x[f, first + s]: some tokens of every frame f.
// Grid: one thread per channel (x) and row of y (y).

struct Params {
  rows: u32, // of y
  width: u32,
  positions: u32, // of a frame of x
  first: u32, // token of a frame of x
  count: u32, // of a frame of y
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<elem>; // [frames, tokens, width]
@group(0) @binding(2) var<storage, read_write> y: array<elem>; // [frames, count, width]

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u) {
  let row = row_index(id);
  if (id.x >= params.width || row >= params.rows) { return; }
  let from_row = row / params.count * params.positions + params.first + row % params.count;
  y[row * params.width + id.x] = x[from_row * params.width + id.x];
}
