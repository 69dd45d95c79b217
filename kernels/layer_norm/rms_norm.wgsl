// y = x / √(mean(x²) + 1e-5) · weight over the width of a row.
// Grid: one workgroup per row (rowGrid).

struct Params {
  rows: u32,
  width: u32,
}

const LANES = 32u;

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<elem>; // [rows, width]
@group(0) @binding(2) var<storage, read> weight: array<f32>; // [width]
@group(0) @binding(3) var<storage, read_write> y: array<elem>; // [rows, width]

var<workgroup> squares: array<f32, LANES>;

@compute @workgroup_size(LANES)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
  let row = workgroup_index(group);
  if (row >= params.rows) { return; }
  let from_x = row * params.width;
  var square = 0.0;
  for (var i = lane; i < params.width; i += LANES) {
    let v = f32(x[from_x + i]);
    square = fma(v, v, square);
  }
  squares[lane] = square;
  workgroupBarrier();
  var sum = 0.0;
  for (var i = 0u; i < LANES; i++) { sum += squares[i]; }
  let scale = 1.0 / sqrt(sum / f32(params.width) + 1e-5);
  for (var i = lane; i < params.width; i += LANES) { y[from_x + i] = elem(f32(x[from_x + i]) * scale * weight[i]); }
}
