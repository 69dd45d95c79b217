// y[b, s] = x[b, s] + actions[codes[b]]: the latent action model's decoder adds an action to every token of a frame.
// Grid: one thread per channel (x) and row (y).

struct Params {
  rows: u32, // slices · S
  positions: u32, // S
  width: u32, // D
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<elem>; // [rows, D]
@group(0) @binding(2) var<storage, read> actions: array<elem>; // [A, D]
@group(0) @binding(3) var<storage, read> codes: array<i32>; // [slices]
@group(0) @binding(4) var<storage, read_write> y: array<elem>; // [rows, D]

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u) {
  let row = row_index(id);
  if (id.x >= params.width || row >= params.rows) { return; }
  let action = u32(codes[row / params.positions]);
  y[row * params.width + id.x] = elem(f32(x[row * params.width + id.x]) + f32(actions[action * params.width + id.x]));
}
