// The adapter's peak memory traffic: a copy, vec4 by vec4.
// Grid: one thread per vec4 (elementGrid).

struct Params {
  vectors: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> source: array<vec4f>; // [vectors]
@group(0) @binding(2) var<storage, read_write> copy: array<vec4f>; // [vectors]

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u) {
  let i = element_index(id);
  if (i < params.vectors) { copy[i] = source[i]; }
}
