// The gradient of layer norm's input. With n = (x - mean) / deviation and g = dy · weight:
// dx = (g - mean(g) - n · mean(g · n)) / deviation + accumulated. Mean and 1/deviation are recomputed, and stored for the gradient
// of the weight. Row r of dy belongs to row r · row_stride of x; for the rows between, dx = accumulated.
// From layer_norm_backward_common, layer_norm_statistics: bindings, gradient_before, mean_and_scale.
// Grid: one workgroup per row of x (rowGrid).

alias operand = f32;

var<workgroup> products: array<vec2f, LANES>;

@compute @workgroup_size(LANES)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
  let row = workgroup_index(group);
  if (row >= params.rows) { return; }
  let from_x = row * params.width;
  if (row % params.row_stride != 0u) {
    for (var i = lane; i < params.width; i += LANES) { dx[from_x + i] = gradient_before(from_x + i); }
    return;
  }
  let from_y = row / params.row_stride * params.width;
  let row_statistics = mean_and_scale(from_x, lane);
  let mean = row_statistics.x;
  let scale = row_statistics.y;

  var product = vec2f(); // sums of g and of g · n
  for (var i = lane; i < params.width; i += LANES) {
    let g = dy[from_y + i] * weight[i];
    product += vec2f(g, g * (x[from_x + i] - mean) * scale);
  }
  products[lane] = product;
  workgroupBarrier();
  var means = vec2f();
  for (var i = 0u; i < LANES; i++) { means += products[i]; }
  means /= f32(params.width);

  for (var i = lane; i < params.width; i += LANES) {
    let n = (x[from_x + i] - mean) * scale;
    dx[from_x + i] = (dy[from_y + i] * weight[i] - means.x - n * means.y) * scale + gradient_before(from_x + i);
  }
  if (lane == 0u) { statistics[row / params.row_stride] = row_statistics; }
}
