// y = layer_norm(x) · weight + bias + position, over the width of a row, with Flax's eps 1e-6. Row r has position r mod `positions`.
// From layer_norm_statistics, with epsilon 1e-6: mean_and_scale.
// Grid: one workgroup per row (rowGrid).

struct Params {
  rows: u32,
  width: u32,
  positions: u32, // rows of `position`; 0: nothing is added
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<elem>; // [rows, width]
@group(0) @binding(2) var<storage, read> weight: array<f32>; // [width]
@group(0) @binding(3) var<storage, read> bias: array<f32>; // [width]
@group(0) @binding(4) var<storage, read> position: array<elem>; // [positions, width]
@group(0) @binding(5) var<storage, read_write> y: array<elem>; // [rows, width]

@compute @workgroup_size(LANES)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
  let row = workgroup_index(group);
  if (row >= params.rows) { return; }
  let from_x = row * params.width;
  let statistics = mean_and_scale(from_x, lane);
  for (var i = lane; i < params.width; i += LANES) {
    var v = fma((f32(x[from_x + i]) - statistics.x) * statistics.y, weight[i], bias[i]);
    if (params.positions > 0u) { v += f32(position[row % params.positions * params.width + i]); }
    y[from_x + i] = elem(v);
  }
}
