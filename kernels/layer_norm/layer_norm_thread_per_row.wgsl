// layer_norm.wgsl without barriers, which cost a software adapter more than sharing a row saves. width is a multiple of 4.
// Grid: one thread per row of y (x).

struct Params {
  rows: u32,
  width: u32,
  row_stride: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<elem4>; // [rows · row_stride, width]
@group(0) @binding(2) var<storage, read> weight: array<vec4f>; // [width]
@group(0) @binding(3) var<storage, read> bias: array<vec4f>; // [width]
@group(0) @binding(4) var<storage, read_write> y: array<elem4>; // [rows, width]

@compute @workgroup_size(4)
fn main(@builtin(global_invocation_id) id: vec3u) {
  let row = id.x;
  if (row >= params.rows) { return; }
  let width4 = params.width / 4u;
  let from_x = row * params.row_stride * width4;
  let ones = vec4f(1.0);
  var sum = vec4f();
  for (var i = 0u; i < width4; i++) { sum += unpack4(x[from_x + i]); }
  let mean = dot(sum, ones) / f32(params.width);
  var squares = vec4f();
  for (var i = 0u; i < width4; i++) {
    let d = unpack4(x[from_x + i]) - mean;
    squares = fma(d, d, squares);
  }
  let scale = 1.0 / sqrt(dot(squares, ones) / f32(params.width) + 1e-5);
  for (var i = 0u; i < width4; i++) {
    y[row * width4 + i] = pack4(fma((unpack4(x[from_x + i]) - mean) * scale, weight[i], bias[i]));
  }
}
