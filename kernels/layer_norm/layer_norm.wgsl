// y = (x - mean) / sqrt(variance + 1e-5) · weight + bias over the width of a row; the mean is taken first, then the
// variance of what is left (stable), both in f32. Grid: one workgroup a row; row r of y comes from row r · row_stride of x.

struct Params {
  rows: u32,
  width: u32,
  row_stride: u32,
}

const LANES = 32u;

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<elem>; // [rows · row_stride, width]
@group(0) @binding(2) var<storage, read> weight: array<f32>; // [width]
@group(0) @binding(3) var<storage, read> bias: array<f32>; // [width]
@group(0) @binding(4) var<storage, read_write> y: array<elem>; // [rows, width]

var<workgroup> sums: array<f32, LANES>;
var<workgroup> squares: array<f32, LANES>;

@compute @workgroup_size(LANES)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
  let row = group.x + group.y * 32768u;
  if (row >= params.rows) { return; }
  let from_x = row * params.row_stride * params.width;
  var sum = 0.0;
  for (var i = lane; i < params.width; i += LANES) { sum += f32(x[from_x + i]); }
  sums[lane] = sum;
  workgroupBarrier();
  // Every lane adds up all lanes' sums: one barrier instead of a tree's five, which a software adapter pays dearly for.
  var mean = 0.0;
  for (var i = 0u; i < LANES; i++) { mean += sums[i]; }
  mean /= f32(params.width);

  var square = 0.0;
  for (var i = lane; i < params.width; i += LANES) {
    let d = f32(x[from_x + i]) - mean;
    square = fma(d, d, square);
  }
  squares[lane] = square;
  workgroupBarrier();
  var variance = 0.0;
  for (var i = 0u; i < LANES; i++) { variance += squares[i]; }
  let scale = 1.0 / sqrt(variance / f32(params.width) + 1e-5);

  for (var i = lane; i < params.width; i += LANES) {
    y[row * params.width + i] = elem(fma((f32(x[from_x + i]) - mean) * scale, weight[i], bias[i]));
  }
}
