// attention_backward_dkv.wgsl for spatial attention with subgroup quads: each of four threads loads other queries and broadcasts them
// to the quad, sixteen queries at a time. No thread returns early, because every thread takes part in quadBroadcast.
// From attention_common, attention_quad_common, attention_backward_common: head_chunk, quad_matrix, mask_past_end, bindings.
// Grid: one thread per key (x), head chunk (y) and frame (z).

@group(0) @binding(7) var<storage, read_write> dk: array<vec4f>; // [slices, S, heads, padded d]
@group(0) @binding(8) var<storage, read_write> dv: array<vec4f>; // the same

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
  let k = ((slice + min(token, last)) * params.heads + chunk.head) * width4;

  var dk_sum: array<vec4f, CHUNK>;
  var dv_sum: array<vec4f, CHUNK>;
  for (var query = 0u; query < params.positions; query += 16u) {
    // Reads past the last query are clamped to it, and its scores masked.
    let mine = min(vec4u(query + (invocation & 3u)) + vec4u(0u, 4u, 8u, 12u), vec4u(last));
    let at = (slice + mine) * params.heads + chunk.head;
    let q = at * width4;
    var s0 = vec4f(); var s1 = vec4f(); var s2 = vec4f(); var s3 = vec4f();
    var dp0 = vec4f(); var dp1 = vec4f(); var dp2 = vec4f(); var dp3 = vec4f();
    for (var i = 0u; i < width4; i++) {
      let key4 = keys[k + i];
      let value4 = values[k + i];
      s0 += key4 * quad_matrix(unpack4(queries[q.x + i]));
      s1 += key4 * quad_matrix(unpack4(queries[q.y + i]));
      s2 += key4 * quad_matrix(unpack4(queries[q.z + i]));
      s3 += key4 * quad_matrix(unpack4(queries[q.w + i]));
      dp0 += value4 * quad_matrix(unpack4(d_out[q.x + i]));
      dp1 += value4 * quad_matrix(unpack4(d_out[q.y + i]));
      dp2 += value4 * quad_matrix(unpack4(d_out[q.z + i]));
      dp3 += value4 * quad_matrix(unpack4(d_out[q.w + i]));
    }
    // For four queries each: column 0 holds their log-sum-exps, column 1 their deltas.
    let t0 = transpose(quad_matrix(vec4f(lse_delta[at.x], 0.0, 0.0)));
    let t1 = transpose(quad_matrix(vec4f(lse_delta[at.y], 0.0, 0.0)));
    let t2 = transpose(quad_matrix(vec4f(lse_delta[at.z], 0.0, 0.0)));
    let t3 = transpose(quad_matrix(vec4f(lse_delta[at.w], 0.0, 0.0)));
    let w0 = exp(mask_past_end(s0 * scale, query) - t0[0]);
    let w1 = exp(mask_past_end(s1 * scale, query + 4u) - t1[0]);
    let w2 = exp(mask_past_end(s2 * scale, query + 8u) - t2[0]);
    let w3 = exp(mask_past_end(s3 * scale, query + 12u) - t3[0]);
    let ds0 = w0 * (dp0 - t0[1]);
    let ds1 = w1 * (dp1 - t1[1]);
    let ds2 = w2 * (dp2 - t2[1]);
    let ds3 = w3 * (dp3 - t3[1]);
    for (var i = 0u; i < chunk.count; i++) {
      let at = chunk.first + i;
      dk_sum[i] += quad_matrix(unpack4(queries[q.x + at])) * ds0 + quad_matrix(unpack4(queries[q.y + at])) * ds1
        + quad_matrix(unpack4(queries[q.z + at])) * ds2 + quad_matrix(unpack4(queries[q.w + at])) * ds3;
      dv_sum[i] += quad_matrix(unpack4(d_out[q.x + at])) * w0 + quad_matrix(unpack4(d_out[q.y + at])) * w1
        + quad_matrix(unpack4(d_out[q.z + at])) * w2 + quad_matrix(unpack4(d_out[q.w + at])) * w3;
    }
  }
  if (token > last) { return; }
  for (var i = 0u; i < chunk.count; i++) {
    dk[k + chunk.first + i] = dk_sum[i] * scale;
    dv[k + chunk.first + i] = dv_sum[i];
  }
}
