// out[r] = so_far[r] + Σ_b x[b · period + first + r]: rows that repeat, summed. With a period of 1 it is the gradient of a bias,
// with a period of S that of a position embedding. Lanes take every 16th row and one adds them up: one owner a sum.
// Grid: 16 columns × 16 lanes a workgroup (x), one row of out (y).

struct Size {
  rows: u32, // of out
  repeats: u32, // how many rows go into a sum
  period: u32,
  first: u32,
  width: u32,
  has_so_far: u32,
}

const LANES = 16u;

@group(0) @binding(0) var<uniform> size: Size;
@group(0) @binding(1) var<storage, read> x: array<f32>; // [repeats · period, width]
@group(0) @binding(2) var<storage, read> so_far: array<f32>; // [rows, width]
@group(0) @binding(3) var<storage, read_write> out: array<f32>; // [rows, width]

var<workgroup> sums: array<f32, 256>;

@compute @workgroup_size(16, LANES)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_id) lane: vec3u) {
  let column = group.x * 16u + lane.x;
  let row = group.y + group.z * 32768u;
  var sum = 0.0;
  if (column < size.width && row < size.rows) {
    for (var b = lane.y; b < size.repeats; b += LANES) { sum += x[(b * size.period + size.first + row) * size.width + column]; }
  }
  sums[lane.y * 16u + lane.x] = sum;
  workgroupBarrier();
  if (lane.y > 0u || column >= size.width || row >= size.rows) { return; }
  for (var i = 1u; i < LANES; i++) { sum += sums[i * 16u + lane.x]; }
  let at = row * size.width + column;
  if (size.has_so_far != 0u) { sum += so_far[at]; }
  out[at] = sum;
}
