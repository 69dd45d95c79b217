// spatial_attention.wgsl with subgroup quads, for software adapters, where a load from storage is the slowest operation and is made
// thread by thread. Four threads compute four queries of one head. Each loads other keys and values and broadcasts them to the quad.
// It takes sixteen keys at a time. No thread returns early, because every thread takes part in quadBroadcast.
// From attention_common, qk_norm, spatial_attention_common, attention_quad_common, attention_store: head_chunk, inverse_rms,
// bindings, query_scale, query_channels, quad_matrix, mask_past_end, store_head.
// Grid: one thread per query (x), head chunk (y) and slice (z).

fn largest(v: vec4f) -> f32 { return max(max(v.x, v.y), max(v.z, v.w)); }

@compute @workgroup_size(16)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(local_invocation_index) lane: u32,
  @builtin(subgroup_invocation_id) invocation: u32,
) {
  let query = group.x * 16u + lane;
  let chunk = head_chunk(group.y);
  let width4 = head_vec4s();
  let stride = params.row_width;
  let slice = group.z * params.positions * stride + chunk.head * width4;
  let last = params.positions - 1u;
  let q = slice + min(query, last) * stride;
  let scale = query_scale(q);

  var sum: array<vec4f, CHUNK>;
  var max_score = -1e30;
  var total = 0.0;
  for (var key = 0u; key < params.positions; key += 16u) {
    // Reads past the last key are clamped to it, and their scores masked.
    let mine = key + (invocation & 3u);
    let row = slice + min(vec4u(mine) + vec4u(0u, 4u, 8u, 12u), vec4u(last)) * stride;
    let k = row + params.first_key;
    let v = row + params.first_value + chunk.first;
    var s0 = vec4f();
    var s1 = vec4f();
    var s2 = vec4f();
    var s3 = vec4f();
    var squares = vec4f(); // of this thread's four keys
    for (var i = 0u; i < params.width4; i++) {
      let query4 = query_channels(q, i);
      let k0 = unpack4(keys[k.x + i]);
      let k1 = unpack4(keys[k.y + i]);
      let k2 = unpack4(keys[k.z + i]);
      let k3 = unpack4(keys[k.w + i]);
      s0 += query4 * quad_matrix(k0);
      s1 += query4 * quad_matrix(k1);
      s2 += query4 * quad_matrix(k2);
      s3 += query4 * quad_matrix(k3);
      if (params.qk_norm != 0u) { squares += vec4f(dot(k0, k0), dot(k1, k1), dot(k2, k2), dot(k3, k3)); }
    }
    if (params.qk_norm != 0u) {
      let norms = quad_matrix(inverse_rms(squares, head_width)); // a column per thread
      s0 *= vec4f(norms[0].x, norms[1].x, norms[2].x, norms[3].x);
      s1 *= vec4f(norms[0].y, norms[1].y, norms[2].y, norms[3].y);
      s2 *= vec4f(norms[0].z, norms[1].z, norms[2].z, norms[3].z);
      s3 *= vec4f(norms[0].w, norms[1].w, norms[2].w, norms[3].w);
    }
    s0 = mask_past_end(s0 * scale, key);
    s1 = mask_past_end(s1 * scale, key + 4u);
    s2 = mask_past_end(s2 * scale, key + 8u);
    s3 = mask_past_end(s3 * scale, key + 12u);
    let new_max = max(max_score, largest(max(max(s0, s1), max(s2, s3))));
    let rescale = exp(max_score - new_max);
    s0 = exp(s0 - new_max);
    s1 = exp(s1 - new_max);
    s2 = exp(s2 - new_max);
    s3 = exp(s3 - new_max);
    max_score = new_max;
    total = fma(total, rescale, dot(s0 + s1 + s2 + s3, vec4f(1.0)));
    for (var i = 0u; i < chunk.count; i++) {
      sum[i] = sum[i] * rescale
        + quad_matrix(unpack4(values[v.x + i])) * s0 + quad_matrix(unpack4(values[v.y + i])) * s1
        + quad_matrix(unpack4(values[v.z + i])) * s2 + quad_matrix(unpack4(values[v.w + i])) * s3;
    }
  }

  if (query >= params.positions) { return; }
  let row = (group.z * params.positions + query) * params.heads + chunk.head;
  if (params.save_lse != 0u && chunk.first == 0u) { log_sum_exp[row] = max_score + log(total); }
  for (var i = 0u; i < chunk.count; i++) { store_head(row, chunk.first + i, sum[i] / total); }
}
