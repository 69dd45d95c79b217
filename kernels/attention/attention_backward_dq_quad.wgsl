// attention_backward_dq.wgsl for spatial attention with subgroup quads: each of four threads loads other keys and values and
// broadcasts them to the quad, sixteen keys at a time. No thread returns early, because every thread takes part in quadBroadcast.
// From attention_common, attention_quad_common, attention_backward_common: head_chunk, quad_matrix, mask_past_end, bindings.
// Grid: one thread per query (x), head chunk (y) and frame (z).

@group(0) @binding(7) var<storage, read_write> dq: array<vec4f>; // [slices, S, heads, padded d]
@group(0) @binding(8) var<storage, read_write> d_scores: array<f32>; // unused: there is no bias

@compute @workgroup_size(16)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(local_invocation_index) lane: u32,
  @builtin(subgroup_invocation_id) invocation: u32,
) {
  let token = group.x * 16u + lane;
  let chunk = head_chunk(group.y);
  let width4 = head_vec4s();
  let last = params.positions - 1u;
  let scale = 1.0 / sqrt(f32(head_width));
  let slice = group.z * params.positions;
  let at = (slice + min(token, last)) * params.heads + chunk.head;
  let q = at * width4;
  let lse = lse_delta[at].x;
  let delta = lse_delta[at].y;

  var sum: array<vec4f, CHUNK>;
  for (var key = 0u; key < params.positions; key += 16u) {
    // Reads past the last key are clamped to it, and their scores masked.
    let mine = min(vec4u(key + (invocation & 3u)) + vec4u(0u, 4u, 8u, 12u), vec4u(last));
    let k = ((slice + mine) * params.heads + chunk.head) * width4;
    var s0 = vec4f(); var s1 = vec4f(); var s2 = vec4f(); var s3 = vec4f();
    var dp0 = vec4f(); var dp1 = vec4f(); var dp2 = vec4f(); var dp3 = vec4f();
    for (var i = 0u; i < width4; i++) {
      let query4 = queries[q + i];
      let d_out4 = d_out[q + i];
      s0 += query4 * quad_matrix(unpack4(keys[k.x + i]));
      s1 += query4 * quad_matrix(unpack4(keys[k.y + i]));
      s2 += query4 * quad_matrix(unpack4(keys[k.z + i]));
      s3 += query4 * quad_matrix(unpack4(keys[k.w + i]));
      dp0 += d_out4 * quad_matrix(unpack4(values[k.x + i]));
      dp1 += d_out4 * quad_matrix(unpack4(values[k.y + i]));
      dp2 += d_out4 * quad_matrix(unpack4(values[k.z + i]));
      dp3 += d_out4 * quad_matrix(unpack4(values[k.w + i]));
    }
    let ds0 = exp(mask_past_end(s0 * scale, key) - lse) * (dp0 - delta);
    let ds1 = exp(mask_past_end(s1 * scale, key + 4u) - lse) * (dp1 - delta);
    let ds2 = exp(mask_past_end(s2 * scale, key + 8u) - lse) * (dp2 - delta);
    let ds3 = exp(mask_past_end(s3 * scale, key + 12u) - lse) * (dp3 - delta);
    for (var i = 0u; i < chunk.count; i++) {
      let at = chunk.first + i;
      sum[i] += quad_matrix(unpack4(keys[k.x + at])) * ds0 + quad_matrix(unpack4(keys[k.y + at])) * ds1
        + quad_matrix(unpack4(keys[k.z + at])) * ds2 + quad_matrix(unpack4(keys[k.w + at])) * ds3;
    }
  }
  if (token > last) { return; }
  for (var i = 0u; i < chunk.count; i++) { dq[q + chunk.first + i] = sum[i] * scale; }
}
