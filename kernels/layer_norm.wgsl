// y = (x - mean) / sqrt(variance + 1e-5) · weight + bias over the width of a row; the mean is taken first, then the
// variance of what is left (stable), both in f32. Grid: one workgroup a row; row r of y comes from row r · row_stride of x.

override rows: u32;
override width: u32;
override row_stride: u32;

const LANES = 64u;

@group(0) @binding(0) var<storage, read> x: array<elem>; // [rows · row_stride, width]
@group(0) @binding(1) var<storage, read> weight: array<f32>; // [width]
@group(0) @binding(2) var<storage, read> bias: array<f32>; // [width]
@group(0) @binding(3) var<storage, read_write> y: array<elem>; // [rows, width]

var<workgroup> partial: array<f32, LANES>;

fn sum_over_lanes(value: f32, lane: u32) -> f32 {
  partial[lane] = value;
  workgroupBarrier();
  for (var half = LANES / 2u; half > 0u; half /= 2u) {
    if (lane < half) { partial[lane] += partial[lane + half]; }
    workgroupBarrier();
  }
  let sum = partial[0];
  workgroupBarrier();
  return sum;
}

@compute @workgroup_size(LANES)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
  let row = group.x + group.y * 32768u;
  if (row >= rows) { return; }
  let from_x = row * row_stride * width;
  var sum = 0.0;
  for (var i = lane; i < width; i += LANES) { sum += f32(x[from_x + i]); }
  let mean = sum_over_lanes(sum, lane) / f32(width);
  var squares = 0.0;
  for (var i = lane; i < width; i += LANES) {
    let d = f32(x[from_x + i]) - mean;
    squares = fma(d, d, squares);
  }
  let scale = 1.0 / sqrt(sum_over_lanes(squares, lane) / f32(width) + 1e-5);
  for (var i = lane; i < width; i += LANES) {
    y[row * width + i] = elem(fma((f32(x[from_x + i]) - mean) * scale, weight[i], bias[i]));
  }
}
