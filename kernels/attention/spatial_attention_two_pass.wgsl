// out = softmax(q · k / √d) · v among the tokens of each frame, in its simplest form. Scores are computed twice, for their maximum
// and for the weights, so that none is stored.
// From attention_common, spatial_attention_common, attention_store: head_chunk, operands, store_head.
// Grid: one thread per query (x), head chunk (y) and block (z).

fn score(q: u32, k: u32) -> f32 {
  var products = vec4f();
  for (var i = 0u; i < head_vec4s(); i++) { products = fma(unpack4(queries[q + i]), unpack4(keys[k + i]), products); }
  return dot(products, vec4f(1.0)) / sqrt(f32(head_width));
}

@compute @workgroup_size(16)
fn main(@builtin(global_invocation_id) id: vec3u) {
  let query = id.x;
  let chunk = head_chunk(id.y);
  if (query >= params.tokens) { return; }
  let stride = params.heads * head_vec4s();
  let block = id.z * params.tokens * stride + chunk.head * head_vec4s();
  let q = block + query * stride;

  var max_score = -1e30;
  for (var key = 0u; key < params.tokens; key++) { max_score = max(max_score, score(q, block + key * stride)); }
  var sum: array<vec4f, CHUNK>;
  var total = 0.0;
  for (var key = 0u; key < params.tokens; key++) {
    let k = block + key * stride;
    let weight = exp(score(q, k) - max_score);
    total += weight;
    for (var i = 0u; i < chunk.count; i++) { sum[i] = fma(vec4f(weight), unpack4(values[k + chunk.first + i]), sum[i]); }
  }

  let row = (id.z * params.tokens + query) * params.heads + chunk.head;
  if (params.save_lse != 0u && chunk.first == 0u) { log_sum_exp[row] = max_score + log(total); }
  for (var i = 0u; i < chunk.count; i++) { store_head(row, chunk.first + i, sum[i] / total); }
}
