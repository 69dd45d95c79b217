// out = softmax(q · k / √d) · v among the tokens of each frame, with an online softmax: a running maximum and sum, and no stored
// scores, so that memory grows with S · D. It takes four keys at a time, which quarters the reads of a query and the rescaling.
// From attention_common, spatial_attention_common, attention_store: head_chunk, bindings, store_head.
// Grid: one thread per query (x), head chunk (y) and block (z).

@compute @workgroup_size(16)
fn main(@builtin(global_invocation_id) id: vec3u) {
  let query = id.x;
  let chunk = head_chunk(id.y);
  if (query >= params.tokens) { return; }
  let width4 = head_vec4s();
  let stride = params.heads * width4;
  let block = id.z * params.tokens * stride + chunk.head * width4;
  let q = block + query * stride;
  let scale = 1.0 / sqrt(f32(head_width));
  let last = params.tokens - 1u;

  var sum: array<vec4f, CHUNK>;
  var max_score = -1e30;
  var total = 0.0;
  for (var key = 0u; key < params.tokens; key += 4u) {
    // Reads past the last key are clamped to it, and their scores masked.
    let four = vec4u(key, key + 1u, key + 2u, key + 3u);
    let k = block + min(four, vec4u(last)) * stride;
    var s0 = vec4f();
    var s1 = vec4f();
    var s2 = vec4f();
    var s3 = vec4f();
    for (var i = 0u; i < width4; i++) {
      let query4 = unpack4(queries[q + i]);
      s0 = fma(query4, unpack4(keys[k.x + i]), s0);
      s1 = fma(query4, unpack4(keys[k.y + i]), s1);
      s2 = fma(query4, unpack4(keys[k.z + i]), s2);
      s3 = fma(query4, unpack4(keys[k.w + i]), s3);
    }
    let ones = vec4f(1.0);
    var scores = vec4f(dot(s0, ones), dot(s1, ones), dot(s2, ones), dot(s3, ones)) * scale;
    scores = select(scores, vec4f(-1e30), four > vec4u(last));
    let new_max = max(max_score, max(max(scores.x, scores.y), max(scores.z, scores.w)));
    let rescale = exp(max_score - new_max);
    let weights = exp(scores - new_max);
    max_score = new_max;
    total = fma(total, rescale, dot(weights, ones));
    for (var i = 0u; i < chunk.count; i++) {
      let at = chunk.first + i;
      var v = sum[i] * rescale;
      v = fma(vec4f(weights.x), unpack4(values[k.x + at]), v);
      v = fma(vec4f(weights.y), unpack4(values[k.y + at]), v);
      v = fma(vec4f(weights.z), unpack4(values[k.z + at]), v);
      sum[i] = fma(vec4f(weights.w), unpack4(values[k.w + at]), v);
    }
  }

  let row = (id.z * params.tokens + query) * params.heads + chunk.head;
  if (params.save_lse != 0u && chunk.first == 0u) { log_sum_exp[row] = max_score + log(total); }
  for (var i = 0u; i < chunk.count; i++) { store_head(row, chunk.first + i, sum[i] / total); }
}
