// out = softmax(q · k / sqrt(d) + bias[head, age]) · v, every position alone, or in full attention all positions together: frame t
// sees frames t-W+1 … t, whose keys and values lie in a ring (frame t at slot t mod slots). The bias is by age, t - t', so the
// ring never needs recomputing.
// Of two branches (guidance) both are frame first; the second reads its own newest frame from the slot past the ring.
// Online softmax and chunks of channels as in spatial_attention.wgsl.
// Grid: one thread a position (x), a head and chunk (y), a block (z).

override head_width: u32; // d

struct Params {
  tokens: u32, // S
  heads: u32,
  window: u32, // W
  slots: u32,
  branches: u32,
  full: u32, // 1: a token sees all tokens of a frame, 0: the one at its own position
  clip: u32, // frames a clip, none of which sees another; 0: one clip without end
  save: u32, // whether the backward pass will want log_sums
}

const CHUNK = 16u;

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> queries: array<elem4>; // [blocks, S, heads, padded d]
@group(0) @binding(2) var<storage, read> keys: array<elem4>; // [slots (+1), S, heads, padded d]
@group(0) @binding(3) var<storage, read> values: array<elem4>; // the same
@group(0) @binding(5) var<storage, read_write> log_sums: array<f32>; // [blocks, S, heads]
@group(0) @binding(6) var<storage, read> bias: array<f32>; // [heads, W]
@group(0) @binding(7) var<storage, read> frame_info: array<u32>; // [0] = first

@compute @workgroup_size(32)
fn main(@builtin(global_invocation_id) id: vec3u) {
  let width4 = (head_width + 3u) / 4u;
  let chunks = (width4 + CHUNK - 1u) / CHUNK;
  let token = id.x;
  let head = id.y / chunks;
  let first_channel = (id.y % chunks) * CHUNK;
  let channels = min(CHUNK, width4 - first_channel);
  if (token >= params.tokens) { return; }
  let q = ((id.z * params.tokens + token) * params.heads + head) * width4;
  let scale = 1.0 / sqrt(f32(head_width));
  let first_token = select(token, 0u, params.full != 0u);
  let end_token = select(token + 1u, params.tokens, params.full != 0u);
  let second_branch = params.branches == 2u && id.z == 1u;
  let frame = frame_info[0] + select(id.z, 0u, params.branches == 2u);
  let since = select(frame, id.z % max(params.clip, 1u), params.clip != 0u);

  var held: array<vec4f, CHUNK>; // the query's first channels
  for (var i = 0u; i < min(CHUNK, width4); i++) { held[i] = unpack4(queries[q + i]); }
  var sum: array<vec4f, CHUNK>;
  var best = -1e30;
  var total = 0.0;
  for (var age = 0u; age < min(params.window, since + 1u); age++) {
    let slot = select((frame - age) % params.slots, params.slots, second_branch && age == 0u);
    for (var other = first_token; other < end_token; other++) {
      let k = ((slot * params.tokens + other) * params.heads + head) * width4;
      var products = vec4f();
      for (var i = 0u; i < min(CHUNK, width4); i++) { products = fma(held[i], unpack4(keys[k + i]), products); }
      for (var i = CHUNK; i < width4; i++) { products = fma(unpack4(queries[q + i]), unpack4(keys[k + i]), products); }
      let score = (products.x + products.y + products.z + products.w) * scale + bias[head * params.window + age];
      let new_best = max(best, score);
      let fade = exp(best - new_best);
      let weight = exp(score - new_best);
      best = new_best;
      total = fma(total, fade, weight);
      for (var i = 0u; i < channels; i++) { sum[i] = fma(sum[i], vec4f(fade), weight * unpack4(values[k + first_channel + i])); }
    }
  }

  let row = (id.z * params.tokens + token) * params.heads + head;
  if (params.save != 0u && first_channel == 0u) {
    log_sums[row] = best + log(total);
  }
  for (var i = 0u; i < channels; i++) { leave(row, first_channel + i, sum[i] / total); }
}
