// Attention among the S tokens of each frame, docs/model.md §1: out = softmax(q · k / √d) · v for each head. The softmax is online: a
// running maximum and sum, so no score is stored. Four keys at a time quarter the loads of the query and the rescaling of the sum.
// From attention_common, qk_norm, spatial_attention_common, attention_store: head_chunk, inverse_rms, bindings,
// query_scale, query_channels, store_head.
// Grid: one thread per query (x), head chunk (y) and slice (z).

@compute @workgroup_size(16)
fn main(@builtin(global_invocation_id) id: vec3u) {
  let query = id.x;
  let chunk = head_chunk(id.y);
  if (query >= params.positions) { return; }
  let width4 = head_vec4s();
  let stride = params.row_width;
  let slice = id.z * params.positions * stride + chunk.head * width4;
  let q = slice + query * stride;
  let scale = query_scale(q);
  let last = params.positions - 1u;

  var sum: array<vec4f, CHUNK>;
  var max_score = -1e30;
  var total = 0.0;
  for (var key = 0u; key < params.positions; key += 4u) {
    // Reads past the last key are clamped to it, and their scores masked.
    let four = vec4u(key, key + 1u, key + 2u, key + 3u);
    let row = slice + min(four, vec4u(last)) * stride;
    let k = row + params.first_key;
    let v_at = row + params.first_value + chunk.first;
    var s0 = vec4f();
    var s1 = vec4f();
    var s2 = vec4f();
    var s3 = vec4f();
    var squares = vec4f(); // of the four keys
    for (var i = 0u; i < width4; i++) {
      let query4 = query_channels(q, i);
      let k0 = unpack4(keys[k.x + i]);
      let k1 = unpack4(keys[k.y + i]);
      let k2 = unpack4(keys[k.z + i]);
      let k3 = unpack4(keys[k.w + i]);
      s0 = fma(query4, k0, s0);
      s1 = fma(query4, k1, s1);
      s2 = fma(query4, k2, s2);
      s3 = fma(query4, k3, s3);
      if (params.qk_norm != 0u) {
        squares += vec4f(dot(k0, k0), dot(k1, k1), dot(k2, k2), dot(k3, k3));
      }
    }
    let ones = vec4f(1.0);
    var scores = vec4f(dot(s0, ones), dot(s1, ones), dot(s2, ones), dot(s3, ones)) * scale;
    if (params.qk_norm != 0u) { scores *= inverse_rms(squares, head_width); }
    scores = select(scores, vec4f(-1e30), four > vec4u(last));
    let new_max = max(max_score, max(max(scores.x, scores.y), max(scores.z, scores.w)));
    let rescale = exp(max_score - new_max);
    let weights = exp(scores - new_max);
    max_score = new_max;
    total = fma(total, rescale, dot(weights, ones));
    for (var i = 0u; i < chunk.count; i++) {
      var v = sum[i] * rescale;
      v = fma(vec4f(weights.x), unpack4(values[v_at.x + i]), v);
      v = fma(vec4f(weights.y), unpack4(values[v_at.y + i]), v);
      v = fma(vec4f(weights.z), unpack4(values[v_at.z + i]), v);
      sum[i] = fma(vec4f(weights.w), unpack4(values[v_at.w + i]), v);
    }
  }

  let row = (id.z * params.positions + query) * params.heads + chunk.head;
  if (params.save_lse != 0u && chunk.first == 0u) { log_sum_exp[row] = max_score + log(total); }
  for (var i = 0u; i < chunk.count; i++) { store_head(row, chunk.first + i, sum[i] / total); }
}
