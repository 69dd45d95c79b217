// spatial_attention with quads: a load from storage is what a software adapter pays most for, one by one for every lane. Here
// each of four lanes, at four queries of one head, loads other keys and values and hands them to the other three; and sixteen keys
// are taken at a time. Otherwise as in spatial_attention.wgsl.
// No lane leaves early: all of them hand round. attention_quads.wgsl comes before this text.
// Grid: one thread a query (x), a head and chunk (y), a block (z).

override head_width: u32; // d

const CHUNK = 16u;

struct Params {
  tokens: u32, // S
  heads: u32,
  save: u32, // whether the backward pass will want log_sums
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> queries: array<elem4>; // [blocks, S, heads, padded d]
@group(0) @binding(2) var<storage, read> keys: array<elem4>; // [blocks, S, heads, padded d]
@group(0) @binding(3) var<storage, read> values: array<elem4>; // [blocks, S, heads, padded d]
@group(0) @binding(5) var<storage, read_write> log_sums: array<f32>; // [blocks, S, heads]

fn largest(v: vec4f) -> f32 { return max(max(v.x, v.y), max(v.z, v.w)); }

@compute @workgroup_size(16)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(local_invocation_index) lane: u32,
  @builtin(subgroup_invocation_id) invocation: u32,
) {
  let query = group.x * 16u + lane;
  let width4 = (head_width + 3u) / 4u;
  let chunks = (width4 + CHUNK - 1u) / CHUNK;
  let head = group.y / chunks;
  let first_channel = (group.y % chunks) * CHUNK;
  let channels = min(CHUNK, width4 - first_channel);
  let stride = params.heads * width4;
  let block = group.z * params.tokens * stride + head * width4;
  let last = params.tokens - 1u;
  let q = block + min(query, last) * stride;
  let scale = 1.0 / sqrt(f32(head_width));

  var sum: array<vec4f, CHUNK>;
  var best = -1e30;
  var total = 0.0;
  for (var key = 0u; key < params.tokens; key += 16u) {
    // Past the last key the last is read again.
    let mine = key + (invocation & 3u);
    let k = block + min(vec4u(mine) + vec4u(0u, 4u, 8u, 12u), vec4u(last)) * stride;
    var s0 = vec4f();
    var s1 = vec4f();
    var s2 = vec4f();
    var s3 = vec4f();
    for (var i = 0u; i < width4; i++) {
      let query4 = unpack4(queries[q + i]);
      s0 += query4 * all_four(keys[k.x + i]);
      s1 += query4 * all_four(keys[k.y + i]);
      s2 += query4 * all_four(keys[k.z + i]);
      s3 += query4 * all_four(keys[k.w + i]);
    }
    s0 = existing(s0 * scale, key);
    s1 = existing(s1 * scale, key + 4u);
    s2 = existing(s2 * scale, key + 8u);
    s3 = existing(s3 * scale, key + 12u);
    let new_best = max(best, largest(max(max(s0, s1), max(s2, s3))));
    let fade = exp(best - new_best);
    s0 = exp(s0 - new_best);
    s1 = exp(s1 - new_best);
    s2 = exp(s2 - new_best);
    s3 = exp(s3 - new_best);
    best = new_best;
    total = fma(total, fade, dot(s0 + s1 + s2 + s3, vec4f(1.0)));
    for (var i = 0u; i < channels; i++) {
      let at = first_channel + i;
      sum[i] = sum[i] * fade
        + all_four(values[k.x + at]) * s0 + all_four(values[k.y + at]) * s1
        + all_four(values[k.z + at]) * s2 + all_four(values[k.w + at]) * s3;
    }
  }

  if (query > last) { return; }
  let row = (group.z * params.tokens + query) * params.heads + head;
  if (params.save != 0u && first_channel == 0u) {
    log_sums[row] = best + log(total);
  }
  for (var i = 0u; i < channels; i++) { leave(row, first_channel + i, sum[i] / total); }
}
