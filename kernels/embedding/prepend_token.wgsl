// y[b] = token, then the S tokens of x[b]: the latent action model's action token before the patches of every frame.
// Grid: one thread per channel (x) and row of y (y).

struct Params {
  rows: u32, // slices · (S + 1)
  positions: u32, // S
  width: u32, // D
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<elem>; // [slices, S, D]
@group(0) @binding(2) var<storage, read> token: array<f32>; // [D]
@group(0) @binding(3) var<storage, read_write> y: array<elem>; // [slices, S + 1, D]

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u) {
  let row = row_index(id);
  if (id.x >= params.width || row >= params.rows) { return; }
  let slice = row / (params.positions + 1u);
  let s = row % (params.positions + 1u);
  if (s == 0u) {
    y[row * params.width + id.x] = elem(token[id.x]);
  } else {
    y[row * params.width + id.x] = x[(slice * params.positions + s - 1u) * params.width + id.x];
  }
}
