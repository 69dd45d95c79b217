// y = n · (1 + γ) + β with n = (x - mean) / √(variance + 1e-5) over the width of a row, and γ, β in row
// conditions[frame] of `table`. A negative condition means none: y = n.
// From layer_norm_statistics: mean_and_scale.
// Grid: one workgroup per row (rowGrid).

struct Params {
  rows: u32, // frames · S
  width: u32,
  positions: u32, // S
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<elem>; // [rows, width]
@group(0) @binding(2) var<storage, read> table: array<f32>; // [conditions, 2 · width]: γ, then β
@group(0) @binding(3) var<storage, read> conditions: array<i32>; // [frames]
@group(0) @binding(4) var<storage, read_write> y: array<elem>; // [rows, width]

@compute @workgroup_size(LANES)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
  let row = workgroup_index(group);
  if (row >= params.rows) { return; }
  let from_x = row * params.width;
  let statistics = mean_and_scale(from_x, lane);
  let condition = conditions[row / params.positions];
  let from_table = u32(max(condition, 0)) * 2u * params.width;
  for (var i = lane; i < params.width; i += LANES) {
    var v = (f32(x[from_x + i]) - statistics.x) * statistics.y;
    if (condition >= 0) { v = fma(v, 1.0 + table[from_table + i], table[from_table + params.width + i]); }
    y[from_x + i] = elem(v);
  }
}
