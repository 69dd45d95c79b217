// attention_backward_key.wgsl for spatial attention, with quads: each of four lanes loads other queries and hands them to the other
// three, sixteen queries at a time. No lane leaves early: all of them hand round.
// Grid: one thread a key (x), a head and chunk of channels (y), a frame (z).

@group(0) @binding(7) var<storage, read_write> dk: array<vec4f>; // [blocks, S, heads, padded d]
@group(0) @binding(8) var<storage, read_write> dv: array<vec4f>; // the same

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
  let k = ((block + min(token, last)) * params.heads + head) * width4;

  var key_sum: array<vec4f, CHUNK>;
  var value_sum: array<vec4f, CHUNK>;
  for (var query = 0u; query < params.tokens; query += 16u) {
    // Past the last query the last is read again.
    let mine = min(vec4u(query + (invocation & 3u)) + vec4u(0u, 4u, 8u, 12u), vec4u(last));
    let at = (block + mine) * params.heads + head;
    let q = at * width4;
    var s0 = vec4f(); var s1 = vec4f(); var s2 = vec4f(); var s3 = vec4f();
    var g0 = vec4f(); var g1 = vec4f(); var g2 = vec4f(); var g3 = vec4f();
    for (var i = 0u; i < width4; i++) {
      let key4 = keys[k + i];
      let value4 = values[k + i];
      s0 += key4 * all_four(queries[q.x + i]);
      s1 += key4 * all_four(queries[q.y + i]);
      s2 += key4 * all_four(queries[q.z + i]);
      s3 += key4 * all_four(queries[q.w + i]);
      g0 += value4 * all_four(douts[q.x + i]);
      g1 += value4 * all_four(douts[q.y + i]);
      g2 += value4 * all_four(douts[q.z + i]);
      g3 += value4 * all_four(douts[q.w + i]);
    }
    // Of four queries each: log sums in x, deltas in y.
    let t0 = transpose(all_four(vec4f(statistics[at.x], 0.0, 0.0)));
    let t1 = transpose(all_four(vec4f(statistics[at.y], 0.0, 0.0)));
    let t2 = transpose(all_four(vec4f(statistics[at.z], 0.0, 0.0)));
    let t3 = transpose(all_four(vec4f(statistics[at.w], 0.0, 0.0)));
    let w0 = exp(existing(s0 * scale, query) - t0[0]);
    let w1 = exp(existing(s1 * scale, query + 4u) - t1[0]);
    let w2 = exp(existing(s2 * scale, query + 8u) - t2[0]);
    let w3 = exp(existing(s3 * scale, query + 12u) - t3[0]);
    let ds0 = w0 * (g0 - t0[1]);
    let ds1 = w1 * (g1 - t1[1]);
    let ds2 = w2 * (g2 - t2[1]);
    let ds3 = w3 * (g3 - t3[1]);
    for (var i = 0u; i < channels; i++) {
      let at = first_channel + i;
      key_sum[i] += all_four(queries[q.x + at]) * ds0 + all_four(queries[q.y + at]) * ds1
        + all_four(queries[q.z + at]) * ds2 + all_four(queries[q.w + at]) * ds3;
      value_sum[i] += all_four(douts[q.x + at]) * w0 + all_four(douts[q.y + at]) * w1
        + all_four(douts[q.z + at]) * w2 + all_four(douts[q.w + at]) * w3;
    }
  }
  if (token > last) { return; }
  for (var i = 0u; i < channels; i++) {
    dk[k + first_channel + i] = key_sum[i] * scale;
    dv[k + first_channel + i] = value_sum[i];
  }
}
