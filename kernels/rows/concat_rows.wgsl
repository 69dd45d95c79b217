// y = a, then b: two tables one under the other. Grid: one thread an element.

struct Params {
  length: u32, // of y
  first: u32, // of a
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> a: array<f32>;
@group(0) @binding(2) var<storage, read> b: array<f32>;
@group(0) @binding(3) var<storage, read_write> y: array<f32>;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u) {
  let at = id.x + (id.y + id.z * 32768u) * 65536u;
  if (at >= params.length) { return; }
  if (at < params.first) { y[at] = a[at]; } else { y[at] = b[at - params.first]; }
}
