// layer_norm_backward without barriers, as layer_norm_rows.wgsl. width is a multiple of 4. Grid: one thread a row of x.

struct Params {
  rows: u32, // of x
  width: u32,
  row_stride: u32,
  has_so_far: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<vec4f>; // [rows, width]
@group(0) @binding(2) var<storage, read> weight: array<vec4f>; // [width]
@group(0) @binding(3) var<storage, read> dy: array<vec4f>; // [rows / row_stride, width]
@group(0) @binding(4) var<storage, read> so_far: array<vec4f>; // [rows, width]
@group(0) @binding(5) var<storage, read_write> dx: array<vec4f>; // [rows, width]
@group(0) @binding(6) var<storage, read_write> statistics: array<vec2f>; // [rows / row_stride] mean, 1 / deviation

@compute @workgroup_size(4)
fn main(@builtin(global_invocation_id) id: vec3u) {
  let row = id.x;
  if (row >= params.rows) { return; }
  let width4 = params.width / 4u;
  let from_x = row * width4;
  if (row % params.row_stride != 0u) {
    for (var i = 0u; i < width4; i++) { dx[from_x + i] = before(from_x + i); }
    return;
  }
  let from_y = row / params.row_stride * width4;
  let width = f32(params.width);
  let ones = vec4f(1.0);
  var sum = vec4f();
  for (var i = 0u; i < width4; i++) { sum += x[from_x + i]; }
  let mean = dot(sum, ones) / width;
  var squares = vec4f();
  var sum_g = vec4f();
  var sum_gd = vec4f();
  for (var i = 0u; i < width4; i++) {
    let d = x[from_x + i] - mean;
    let g = dy[from_y + i] * weight[i];
    squares = fma(d, d, squares);
    sum_g += g;
    sum_gd = fma(g, d, sum_gd);
  }
  let scale = 1.0 / sqrt(dot(squares, ones) / width + 1e-5);
  let mean_g = dot(sum_g, ones) / width;
  let mean_gn = dot(sum_gd, ones) * scale / width;
  for (var i = 0u; i < width4; i++) {
    let n = (x[from_x + i] - mean) * scale;
    let g = dy[from_y + i] * weight[i];
    dx[from_x + i] = (g - mean_g - n * mean_gn) * scale + before(from_x + i);
  }
  statistics[row / params.row_stride] = vec2f(mean, scale);
}

fn before(at: u32) -> vec4f {
  if (params.has_so_far == 0u) { return vec4f(); }
  return so_far[at];
}
