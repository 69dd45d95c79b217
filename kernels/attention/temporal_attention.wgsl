// out = softmax(q · k / √d + bias[head, age]) · v over frames t-W+1 … t: each position attends to itself, or to all tokens. Keys and
// values lie in the KV cache. The bias is by relative position, age = t - t', so cached keys stay valid. Online softmax as in spatial_attention.wgsl.
// The output, binding 4, is in attention_store(_vec4).wgsl.
// From attention_common, cache_slot, temporal_attention_common, attention_store: head_chunk, slot_of, cached_head, store_head.
// Grid: one thread per position (x), head chunk (y) and slice (z).

struct Params {
  positions: u32, // S
  heads: u32,
  window: u32, // W
  slots: u32,
  guidance_passes: u32,
  all_tokens: u32, // 1: a token sees all tokens of a frame, 0: the one at its own position
  frames_per_clip: u32, // no clip sees another; 0: one clip without end
  save_lse: u32, // whether the backward pass needs log_sum_exp
  // 0, or F: slices 0 … F-1 are finished frames, F … 2F-1 the same frames as they are decoded, which see earlier frames as finished.
  finished_frames: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> queries: array<elem4>; // [slices, S, heads, padded d]
@group(0) @binding(2) var<storage, read> keys: array<elem4>; // [slots (+1), S, heads, padded d]
@group(0) @binding(3) var<storage, read> values: array<elem4>; // the same
@group(0) @binding(5) var<storage, read_write> log_sum_exp: array<f32>; // [slices, S, heads]
@group(0) @binding(6) var<storage, read> bias: array<f32>; // [heads, W]
@group(0) @binding(7) var<storage, read> frame_info: array<u32>; // [0] = frame of slice 0

@compute @workgroup_size(32)
fn main(@builtin(global_invocation_id) id: vec3u) {
  let token = id.x;
  let chunk = head_chunk(id.y);
  if (token >= params.positions) { return; }
  let width4 = head_vec4s();
  let q = ((id.z * params.positions + token) * params.heads + chunk.head) * width4;
  let scale = 1.0 / sqrt(f32(head_width));
  let first_token = select(token, 0u, params.all_tokens != 0u);
  let end_token = select(token + 1u, params.positions, params.all_tokens != 0u);
  let frame = frame_info[0] + select(id.z, 0u, params.guidance_passes == 2u);
  let frames_before = select(frame, id.z % max(params.frames_per_clip, 1u), params.frames_per_clip != 0u);

  var query: array<vec4f, CHUNK>; // its first channels
  for (var i = 0u; i < min(CHUNK, width4); i++) { query[i] = unpack4(queries[q + i]); }
  var sum: array<vec4f, CHUNK>;
  var max_score = -1e30;
  var total = 0.0;
  for (var age = 0u; age < min(params.window, frames_before + 1u); age++) {
    let slot = slot_of(id.z - select(0u, params.finished_frames, age > 0u && id.z >= params.finished_frames), age);
    for (var other = first_token; other < end_token; other++) {
      let k = cached_head(slot, other, chunk.head);
      var products = vec4f();
      for (var i = 0u; i < min(CHUNK, width4); i++) { products = fma(query[i], unpack4(keys[k + i]), products); }
      for (var i = CHUNK; i < width4; i++) { products = fma(unpack4(queries[q + i]), unpack4(keys[k + i]), products); }
      let score = (products.x + products.y + products.z + products.w) * scale + bias[chunk.head * params.window + age];
      let new_max = max(max_score, score);
      let rescale = exp(max_score - new_max);
      let weight = exp(score - new_max);
      max_score = new_max;
      total = fma(total, rescale, weight);
      for (var i = 0u; i < chunk.count; i++) { sum[i] = fma(sum[i], vec4f(rescale), weight * unpack4(values[k + chunk.first + i])); }
    }
  }

  let row = (id.z * params.positions + token) * params.heads + chunk.head;
  if (params.save_lse != 0u && chunk.first == 0u) { log_sum_exp[row] = max_score + log(total); }
  for (var i = 0u; i < chunk.count; i++) { store_head(row, chunk.first + i, sum[i] / total); }
}
