// y[c, r] = x[r, c]. Grid: one thread an element, 8 × 8 a workgroup.

struct Size {
  rows: u32, // of x
  width: u32,
}

@group(0) @binding(0) var<uniform> size: Size;
@group(0) @binding(1) var<storage, read> x: array<f32>; // [rows, width]
@group(0) @binding(2) var<storage, read_write> y: array<f32>; // [width, rows]

@compute @workgroup_size(8, 8)
fn main(@builtin(global_invocation_id) id: vec3u) {
  if (id.x >= size.width || id.y >= size.rows) { return; }
  y[id.x * size.rows + id.y] = x[id.y * size.width + id.x];
}
