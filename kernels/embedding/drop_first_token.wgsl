// y[b, s] = x[b, s + 1]: every slice without its first row.
// Grid: one thread per channel (x) and row of y (y).

struct Params {
  rows: u32, // slices · S
  positions: u32, // S
  width: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<f32>; // [slices, S + 1, width]
@group(0) @binding(2) var<storage, read_write> y: array<f32>; // [slices, S, width]

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u) {
  let row = row_index(id);
  if (id.x >= params.width || row >= params.rows) { return; }
  y[row * params.width + id.x] = x[(row + row / params.positions + 1u) * params.width + id.x];
}
