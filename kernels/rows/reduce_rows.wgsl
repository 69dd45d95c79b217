// out[r] = Σ_b x[b · period + first + r] + accumulated[r]: the sum of repeated rows. A period of 1 gives the gradient of a bias, a
// period of S that of a position embedding. Where there are few sums of many rows, each has 16 threads (`lanes`), which sum every 16th
// row; one of them adds up their sums. No atomics.
// Grid: a workgroup has 16 × four columns (x) and one row of out (y).

override lanes: u32; // 16 or 1

struct Params {
  rows: u32, // of out
  repeats: u32, // rows per sum
  period: u32,
  first: u32,
  width: u32,
  accumulate: u32, // whether `accumulated` is added
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<f32>; // [repeats · period, width]
@group(0) @binding(2) var<storage, read> accumulated: array<f32>; // [rows, width]
@group(0) @binding(3) var<storage, read_write> out: array<f32>; // [rows, width]

var<workgroup> sums: array<vec4f, 16u * lanes>;

@compute @workgroup_size(16, lanes)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_id) lane: vec3u) {
  let column = 4u * (group.x * 16u + lane.x);
  let row = row_index(group);
  // Reads past the last column are clamped to it, and its sum is not stored.
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
    out[at] = sum[c] + select(0.0, accumulated[at], params.accumulate != 0u);
  }
}
