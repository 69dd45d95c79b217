// The gradient of l2_normalize's input: dx = (dy - y · (y · dy)) / max(‖x‖, 1e-12), which is tangent to the unit sphere.
// Grid: one thread per row (x).

struct Params {
  rows: u32,
  width: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<f32>; // [rows, width]
@group(0) @binding(2) var<storage, read> dy: array<f32>; // [rows, width]
@group(0) @binding(3) var<storage, read_write> dx: array<f32>; // [rows, width]

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u) {
  let row = id.x;
  if (row >= params.rows) { return; }
  var squares = 0.0;
  var product = 0.0;
  for (var i = row * params.width; i < (row + 1u) * params.width; i++) {
    squares = fma(x[i], x[i], squares);
    product = fma(x[i], dy[i], product);
  }
  let scale = 1.0 / max(sqrt(squares), 1e-12);
  let radial = product * scale * scale;
  for (var i = row * params.width; i < (row + 1u) * params.width; i++) { dx[i] = (dy[i] - x[i] * radial) * scale; }
}
