// The way back through attention to its queries, spatial and temporal alike. Scores are made again, and with the softmax's saved
// log sum their weights: p = exp(q · k / √d + bias - log_sum). Then ds = p · (dout · v - delta), dq = Σ ds · k / √d over the keys
// that the query sees, and of each age Σ ds is left in `dscores`, whose sum over rows is the gradient of the bias.
// A query sees frames t-W+1 … t of its clip, in each its own position or all of them; spatial attention is a window of 1 of all.
// Grid: one thread a query (x), a head and chunk of channels (y), a frame (z).

@group(0) @binding(7) var<storage, read_write> dq: array<vec4f>; // [blocks, S, heads, padded d]
@group(0) @binding(8) var<storage, read_write> dscores: array<f32>; // [blocks, S, heads, W]

@compute @workgroup_size(16)
fn main(@builtin(global_invocation_id) id: vec3u) {
  let width4 = (head_width + 3u) / 4u;
  let chunks = (width4 + CHUNK - 1u) / CHUNK;
  let token = id.x;
  let head = id.y / chunks;
  let first_channel = (id.y % chunks) * CHUNK;
  let channels = min(CHUNK, width4 - first_channel);
  if (token >= params.tokens) { return; }
  let scale = 1.0 / sqrt(f32(head_width));
  let row = id.z * params.tokens + token;
  let at = row * params.heads + head;
  let q = at * width4;
  let statistic = statistics[at];

  var sum: array<vec4f, CHUNK>;
  for (var age = 0u; age < params.window; age++) {
    var dscore = 0.0;
    if (age <= id.z % params.clip) {
      let from_token = select(token, 0u, params.full != 0u);
      let to_token = select(token + 1u, params.tokens, params.full != 0u);
      var added = 0.0;
      if (params.has_bias != 0u) { added = bias[head * params.window + age]; }
      for (var s = from_token; s < to_token; s++) {
        let k = (((id.z - age) * params.tokens + s) * params.heads + head) * width4;
        var products = vec4f();
        var gains = vec4f();
        for (var i = 0u; i < width4; i++) {
          products = fma(queries[q + i], keys[k + i], products);
          gains = fma(douts[q + i], values[k + i], gains);
        }
        let score = (products.x + products.y + products.z + products.w) * scale + added;
        let ds = exp(score - statistic.x) * (gains.x + gains.y + gains.z + gains.w - statistic.y);
        dscore += ds;
        for (var i = 0u; i < channels; i++) { sum[i] = fma(vec4f(ds), keys[k + first_channel + i], sum[i]); }
      }
    }
    if (params.has_bias != 0u && first_channel == 0u) { dscores[at * params.window + age] = dscore; }
  }
  for (var i = 0u; i < channels; i++) { dq[q + first_channel + i] = sum[i] * scale; }
}
