// y = (x - mean) / √(variance + 1e-5) · weight + bias over the width of a row. Row r of y comes from row r · row_stride of x.
// From layer_norm_statistics: mean_and_scale.
// Grid: one workgroup per row of y (rowGrid).

struct Params {
  rows: u32,
  width: u32,
  row_stride: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<elem>; // [rows · row_stride, width]
@group(0) @binding(2) var<storage, read> weight: array<f32>; // [width]
@group(0) @binding(3) var<storage, read> bias: array<f32>; // [width]
@group(0) @binding(4) var<storage, read_write> y: array<elem>; // [rows, width]

@compute @workgroup_size(LANES)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
  let row = workgroup_index(group);
  if (row >= params.rows) { return; }
  let from_x = row * params.row_stride * params.width;
  let statistics = mean_and_scale(from_x, lane);
  for (var i = lane; i < params.width; i += LANES) {
    y[row * params.width + i] = elem(fma((f32(x[from_x + i]) - statistics.x) * statistics.y, weight[i], bias[i]));
  }
}
