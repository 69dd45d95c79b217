// The gradients of layer norm's weight and bias: dw = Σ_r dy[r] · (x[r · row_stride] - mean[r]) / deviation[r] and db = Σ_r dy[r].
// Each column has 16 threads, which sum every 16th row; one of them adds up their sums.
// Grid: a workgroup has 16 columns (x).

struct Params {
  rows: u32, // of dy
  width: u32,
  row_stride: u32,
}

const LANES = 16u;

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<f32>; // [rows · row_stride, width]
@group(0) @binding(2) var<storage, read> dy: array<f32>; // [rows, width]
@group(0) @binding(3) var<storage, read> statistics: array<vec2f>; // [rows] mean, 1/deviation
@group(0) @binding(4) var<storage, read_write> dw: array<f32>; // [width]
@group(0) @binding(5) var<storage, read_write> db: array<f32>; // [width]

var<workgroup> sums: array<vec2f, 256>;

@compute @workgroup_size(16, LANES)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_id) lane: vec3u) {
  let column = group.x * 16u + lane.x;
  var sum = vec2f();
  if (column < params.width) {
    for (var r = lane.y; r < params.rows; r += LANES) {
      let d = dy[r * params.width + column];
      let n = (x[r * params.row_stride * params.width + column] - statistics[r].x) * statistics[r].y;
      sum += vec2f(d * n, d);
    }
  }
  sums[lane.y * 16u + lane.x] = sum;
  workgroupBarrier();
  if (lane.y > 0u || column >= params.width) { return; }
  for (var i = 1u; i < LANES; i++) { sum += sums[i * 16u + lane.x]; }
  dw[column] = sum.x;
  db[column] = sum.y;
}
