// out[r] = so_far[r] + Σ_b x[b · period + first + r]: rows that repeat, summed. With a period of 1 it is the gradient of a bias,
// with a period of S that of a position embedding. Where few sums have many rows, lanes take every 16th of them and one adds them up:
// one owner a sum. Grid: 16 × four columns × `lanes` a workgroup (x), one row of out (y).

override lanes: u32; // 16 or 1

struct Params {
  rows: u32, // of out
  repeats: u32, // how many rows go into a sum
  period: u32,
  first: u32,
  width: u32,
  has_so_far: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<f32>; // [repeats · period, width]
@group(0) @binding(2) var<storage, read> so_far: array<f32>; // [rows, width]
@group(0) @binding(3) var<storage, read_write> out: array<f32>; // [rows, width]

var<workgroup> sums: array<vec4f, 16u * lanes>;

@compute @workgroup_size(16, lanes)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_id) lane: vec3u) {
  let column = 4u * (group.x * 16u + lane.x);
  let row = group.y + group.z * 32768u;
  // Past the last column the last is read again, and not written.
  let near = min(column + vec4u(0u, 1u, 2u, 3u), vec4u(params.width - 1u));
  var sum = vec4f();
  if (column < params.width && row < params.rows) {
    for (var b = lane.y; b < params.repeats; b += lanes) {
      let at = (b * params.period + params.first + row) * params.width + near;
      sum += vec4f(x[at.x], x[at.y], x[at.z], x[at.w]);
    }
  }
  if (lanes > 1u) {
    sums[lane.y * 16u + lane.x] = sum;
    workgroupBarrier();
  }
  if (lane.y > 0u || column >= params.width || row >= params.rows) { return; }
  for (var i = 1u; i < lanes; i++) { sum += sums[i * 16u + lane.x]; }
  for (var c = 0u; c < min(4u, params.width - column); c++) {
    let at = row * params.width + column + c;
    out[at] = sum[c] + select(0.0, so_far[at], params.has_so_far != 0u);
  }
}
