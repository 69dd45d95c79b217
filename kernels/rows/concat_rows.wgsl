// y = a followed by b.
// Grid: one thread per element (elementGrid).

struct Params {
  length: u32, // of y
  a_length: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> a: array<f32>;
@group(0) @binding(2) var<storage, read> b: array<f32>;
@group(0) @binding(3) var<storage, read_write> y: array<f32>;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u) {
  let at = element_index(id);
  if (at >= params.length) { return; }
  if (at < params.a_length) { y[at] = a[at]; } else { y[at] = b[at - params.a_length]; }
}
