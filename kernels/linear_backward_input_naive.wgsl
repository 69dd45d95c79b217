// dx = dy · Wᵀ + so_far: linear_backward_input.wgsl in its simplest form, for any sizes. Grid: one thread an input.

struct Size {
  rows: u32,
  inner: u32,
  outer: u32,
  has_so_far: u32,
}

@group(0) @binding(0) var<uniform> size: Size;
@group(0) @binding(1) var<storage, read> dy: array<f32>; // [rows, outer]
@group(0) @binding(2) var<storage, read> weight: array<f32>; // [inner, outer]
@group(0) @binding(3) var<storage, read> so_far: array<f32>; // [rows, inner]
@group(0) @binding(4) var<storage, read_write> dx: array<f32>; // [rows, inner]

@compute @workgroup_size(8, 8)
fn main(@builtin(global_invocation_id) id: vec3u) {
  let column = id.x;
  let row = id.y;
  if (column >= size.inner || row >= size.rows) { return; }
  var sum = 0.0;
  for (var o = 0u; o < size.outer; o++) { sum = fma(dy[row * size.outer + o], weight[column * size.outer + o], sum); }
  if (size.has_so_far != 0u) { sum += so_far[row * size.inner + column]; }
  dx[row * size.inner + column] = sum;
}
