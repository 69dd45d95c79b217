// y = GELU(x), element by element. Training records this kernel in place of the GELU within linear, because the backward pass
// needs x.
// From gelu_tanh (common): gelu.
// Grid: one thread per element (elementGrid).

struct Params {
  length: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<f32>; // [length]
@group(0) @binding(2) var<storage, read_write> y: array<f32>; // [length]

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u) {
  let at = element_index(id);
  if (at < params.length) { y[at] = gelu(x[at]); }
}
