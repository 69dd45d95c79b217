// The way back through layer norm to its input. With n = (x - mean)/deviation and g = dy · weight:
// dx = (g - mean(g) - n · mean(g · n)) / deviation + so_far. Mean and 1/deviation are taken again from x, and kept for the
// gradient of the weight. Row r of dy is that of row r · row_stride of x; the rows between get so_far alone.
// Grid: one workgroup a row of x.

struct Params {
  rows: u32, // of x
  width: u32,
  row_stride: u32,
  has_so_far: u32,
}

const LANES = 32u;

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<f32>; // [rows, width]
@group(0) @binding(2) var<storage, read> weight: array<f32>; // [width]
@group(0) @binding(3) var<storage, read> dy: array<f32>; // [rows / row_stride, width]
@group(0) @binding(4) var<storage, read> so_far: array<f32>; // [rows, width]
@group(0) @binding(5) var<storage, read_write> dx: array<f32>; // [rows, width]
@group(0) @binding(6) var<storage, read_write> statistics: array<vec2f>; // [rows / row_stride] mean, 1 / deviation

var<workgroup> sums: array<vec2f, LANES>;
var<workgroup> squares: array<f32, LANES>;
var<workgroup> products: array<vec2f, LANES>;

@compute @workgroup_size(LANES)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
  let row = group.x + group.y * 32768u;
  if (row >= params.rows) { return; }
  let from_x = row * params.width;
  if (row % params.row_stride != 0u) {
    for (var i = lane; i < params.width; i += LANES) { dx[from_x + i] = select(0.0, so_far[from_x + i], params.has_so_far != 0u); }
    return;
  }
  let from_y = row / params.row_stride * params.width;
  let width = f32(params.width);
  var sum = 0.0;
  for (var i = lane; i < params.width; i += LANES) { sum += x[from_x + i]; }
  sums[lane] = vec2f(sum, 0.0);
  workgroupBarrier();
  var mean = 0.0;
  for (var i = 0u; i < LANES; i++) { mean += sums[i].x; }
  mean /= width;

  var square = 0.0;
  for (var i = lane; i < params.width; i += LANES) {
    let d = x[from_x + i] - mean;
    square = fma(d, d, square);
  }
  squares[lane] = square;
  workgroupBarrier();
  var variance = 0.0;
  for (var i = 0u; i < LANES; i++) { variance += squares[i]; }
  let scale = 1.0 / sqrt(variance / width + 1e-5);

  var product = vec2f(); // sums of g and of g · n
  for (var i = lane; i < params.width; i += LANES) {
    let g = dy[from_y + i] * weight[i];
    product += vec2f(g, g * (x[from_x + i] - mean) * scale);
  }
  products[lane] = product;
  workgroupBarrier();
  var means = vec2f();
  for (var i = 0u; i < LANES; i++) { means += products[i]; }
  means /= width;

  for (var i = lane; i < params.width; i += LANES) {
    let n = (x[from_x + i] - mean) * scale;
    let d = (dy[from_y + i] * weight[i] - means.x - n * means.y) * scale;
    dx[from_x + i] = select(d, d + so_far[from_x + i], params.has_so_far != 0u);
  }
  if (lane == 0u) { statistics[row / params.row_stride] = vec2f(mean, scale); }
}
