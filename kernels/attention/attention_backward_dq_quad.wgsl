// attention_backward_query.wgsl for spatial attention, with quads: each of four lanes loads other keys and values and hands them to
// the other three, sixteen keys at a time. No lane leaves early: all of them hand round.
// Grid: one thread a query (x), a head and chunk of channels (y), a frame (z).

@group(0) @binding(7) var<storage, read_write> dq: array<vec4f>; // [blocks, S, heads, padded d]
@group(0) @binding(8) var<storage, read_write> dscores: array<f32>; // not used: there is no bias

@compute @workgroup_size(16)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(local_invocation_index) lane: u32,
  @builtin(subgroup_invocation_id) invocation: u32,
) {
  let width4 = (head_width + 3u) / 4u;
  let chunks = (width4 + CHUNK - 1u) / CHUNK;
  let token = group.x * 16u + lane;
  let head = group.y / chunks;
  let first_channel = (group.y % chunks) * CHUNK;
  let channels = min(CHUNK, width4 - first_channel);
  let last = params.tokens - 1u;
  let scale = 1.0 / sqrt(f32(head_width));
  let block = group.z * params.tokens;
  let at = (block + min(token, last)) * params.heads + head;
  let q = at * width4;
  let log_sum = statistics[at].x;
  let delta = statistics[at].y;

  var sum: array<vec4f, CHUNK>;
  for (var key = 0u; key < params.tokens; key += 16u) {
    // Past the last key the last is read again.
    let mine = min(vec4u(key + (invocation & 3u)) + vec4u(0u, 4u, 8u, 12u), vec4u(last));
    let k = ((block + mine) * params.heads + head) * width4;
    var s0 = vec4f(); var s1 = vec4f(); var s2 = vec4f(); var s3 = vec4f();
    var g0 = vec4f(); var g1 = vec4f(); var g2 = vec4f(); var g3 = vec4f();
    for (var i = 0u; i < width4; i++) {
      let query4 = queries[q + i];
      let dout4 = douts[q + i];
      s0 += query4 * all_four(keys[k.x + i]);
      s1 += query4 * all_four(keys[k.y + i]);
      s2 += query4 * all_four(keys[k.z + i]);
      s3 += query4 * all_four(keys[k.w + i]);
      g0 += dout4 * all_four(values[k.x + i]);
      g1 += dout4 * all_four(values[k.y + i]);
      g2 += dout4 * all_four(values[k.z + i]);
      g3 += dout4 * all_four(values[k.w + i]);
    }
    let ds0 = exp(existing(s0 * scale, key) - log_sum) * (g0 - delta);
    let ds1 = exp(existing(s1 * scale, key + 4u) - log_sum) * (g1 - delta);
    let ds2 = exp(existing(s2 * scale, key + 8u) - log_sum) * (g2 - delta);
    let ds3 = exp(existing(s3 * scale, key + 12u) - log_sum) * (g3 - delta);
    for (var i = 0u; i < channels; i++) {
      let at = first_channel + i;
      sum[i] += all_four(keys[k.x + at]) * ds0 + all_four(keys[k.y + at]) * ds1
        + all_four(keys[k.z + at]) * ds2 + all_four(keys[k.w + at]) * ds3;
    }
  }
  if (token > last) { return; }
  for (var i = 0u; i < channels; i++) { dq[q + first_channel + i] = sum[i] * scale; }
}
