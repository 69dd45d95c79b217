// layer_norm_backward.wgsl without barriers, for layer_norm_thread_per_row.wgsl. width is a multiple of 4.
// From layer_norm_backward_common: bindings, gradient_before.
// Grid: one thread per row of x (x).

alias operand = vec4f;

@compute @workgroup_size(4)
fn main(@builtin(global_invocation_id) id: vec3u) {
  let row = id.x;
  if (row >= params.rows) { return; }
  let width4 = params.width / 4u;
  let from_x = row * width4;
  if (row % params.row_stride != 0u) {
    for (var i = 0u; i < width4; i++) { dx[from_x + i] = gradient_before(from_x + i); }
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
    dx[from_x + i] = (g - mean_g - n * mean_gn) * scale + gradient_before(from_x + i);
  }
  statistics[row / params.row_stride] = vec2f(mean, scale);
}
