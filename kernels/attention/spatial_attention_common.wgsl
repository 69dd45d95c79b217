// Parameters and bindings of all variants of spatial attention. The output, binding 4, is in attention_store(_vec4).wgsl. Queries, keys and values
// are tensors of their own, or parts of one [slices · S, 3D], which is then bound three times.

struct Params {
  positions: u32, // S
  heads: u32,
  row_width: u32, // vec4s from a token's row to the next one's
  first_key: u32, // vec4s before the keys of a row
  first_value: u32, // and before its values
  qk_norm: u32,
  width4: u32, // head_vec4s(), not known to the compiler, which would unroll the loop: slow to compile
  save_lse: u32, // whether the backward pass needs log_sum_exp
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> queries: array<elem4>; // [slices, S, heads, padded d], or with keys and values
@group(0) @binding(2) var<storage, read> keys: array<elem4>; // the same
@group(0) @binding(3) var<storage, read> values: array<elem4>; // the same
@group(0) @binding(5) var<storage, read_write> log_sum_exp: array<f32>; // [slices, S, heads]
@group(0) @binding(6) var<storage, read> q_norm: array<vec4f>; // [d], with qk_norm
@group(0) @binding(7) var<storage, read> k_norm: array<vec4f>; // the same

// The factor of a query's scores: 1 / √d, and with qk_norm that of its norm. `q`: where its head begins.
fn query_scale(q: u32) -> f32 {
  let scale = 1.0 / sqrt(f32(head_width));
  if (params.qk_norm == 0u) { return scale; }
  var squares = 0.0;
  for (var i = 0u; i < params.width4; i++) { squares += dot(unpack4(queries[q + i]), unpack4(queries[q + i])); }
  return scale * inverse_rms(vec4f(squares), head_width).x;
}

// Four channels of the query, with qk_norm multiplied by the weights of the query's norm and of the keys'.
fn query_channels(q: u32, i: u32) -> vec4f {
  let channels = unpack4(queries[q + i]);
  if (params.qk_norm == 0u) { return channels; }
  return channels * (q_norm[i] * k_norm[i]);
}
