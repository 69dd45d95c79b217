// The gradient of attention's queries, spatial and temporal. Scores are recomputed; with the saved log-sum-exp they give the
// weights p = exp(q · k / √d + bias - lse). Then ds = p · (d_out · v - delta) and dq = Σ ds · k / √d over the keys the query sees:
// frames t-W+1 … t of its clip, in each its own position or all tokens. d_scores holds Σ ds of each age, for the gradient of the bias.
// From attention_common, attention_backward_common: head_chunk, bindings, tokens_seen, bias_of_age.
// Grid: one thread per query (x), head chunk (y) and frame (z).

@group(0) @binding(7) var<storage, read_write> dq: array<vec4f>; // [slices, S, heads, padded d]
@group(0) @binding(8) var<storage, read_write> d_scores: array<f32>; // [slices, S, heads, W]

@compute @workgroup_size(16)
fn main(@builtin(global_invocation_id) id: vec3u) {
  let token = id.x;
  let chunk = head_chunk(id.y);
  if (token >= params.positions) { return; }
  let width4 = head_vec4s();
  let scale = 1.0 / sqrt(f32(head_width));
  let at = (id.z * params.positions + token) * params.heads + chunk.head;
  let q = at * width4;
  let lse = lse_delta[at].x;
  let delta = lse_delta[at].y;

  var sum: array<vec4f, CHUNK>;
  for (var age = 0u; age < params.window; age++) {
    var d_score = 0.0;
    if (age <= id.z % params.frames_per_clip) {
      let others = tokens_seen(token);
      let age_bias = bias_of_age(chunk.head, age);
      let seen = id.z - age - select(0u, params.finished_frames, age > 0u && id.z >= params.finished_frames);
      for (var s = others.x; s < others.y; s++) {
        let k = ((seen * params.positions + s) * params.heads + chunk.head) * width4;
        var products = vec4f();
        var dp = vec4f();
        for (var i = 0u; i < width4; i++) {
          products = fma(queries[q + i], keys[k + i], products);
          dp = fma(d_out[q + i], values[k + i], dp);
        }
        let score = (products.x + products.y + products.z + products.w) * scale + age_bias;
        let ds = exp(score - lse) * (dp.x + dp.y + dp.z + dp.w - delta);
        d_score += ds;
        for (var i = 0u; i < chunk.count; i++) { sum[i] = fma(vec4f(ds), keys[k + chunk.first + i], sum[i]); }
      }
    }
    if (params.has_bias != 0u && chunk.first == 0u) { d_scores[at * params.window + age] = d_score; }
  }
  for (var i = 0u; i < chunk.count; i++) { dq[q + chunk.first + i] = sum[i] * scale; }
}
