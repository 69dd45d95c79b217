// The gradients of attention's keys and values, spatial and temporal: dv = Σ p · d_out and dk = Σ ds · q / √d over the queries that
// see the key, with p and ds as in attention_backward_dq.wgsl. Queries of frames t … t+W-1 of a clip see a key of frame t, each at its
// own position or at all. With `finished_frames`, the decoded frames t+1 … t+W-1 see the key of a finished frame t, too; only a decoded frame
// itself sees its own keys.
// From attention_common, attention_backward_common: head_chunk, bindings, tokens_seen, bias_of_age.
// Grid: one thread per key (x), head chunk (y) and frame (z).

@group(0) @binding(7) var<storage, read_write> dk: array<vec4f>; // [slices, S, heads, padded d]
@group(0) @binding(8) var<storage, read_write> dv: array<vec4f>; // the same

@compute @workgroup_size(16)
fn main(@builtin(global_invocation_id) id: vec3u) {
  let token = id.x;
  let chunk = head_chunk(id.y);
  if (token >= params.positions) { return; }
  let width4 = head_vec4s();
  let scale = 1.0 / sqrt(f32(head_width));
  let k = ((id.z * params.positions + token) * params.heads + chunk.head) * width4;

  var dk_sum: array<vec4f, CHUNK>;
  var dv_sum: array<vec4f, CHUNK>;
  let is_decoded = params.finished_frames > 0u && id.z >= params.finished_frames;
  let ages = select(min(params.window, params.frames_per_clip - id.z % params.frames_per_clip), 1u, is_decoded);
  for (var decoded = 0u; decoded < select(1u, 2u, id.z < params.finished_frames); decoded++) {
    for (var age = decoded; age < ages; age++) {
      let others = tokens_seen(token);
      let age_bias = bias_of_age(chunk.head, age);
      for (var s = others.x; s < others.y; s++) {
        let at = ((id.z + age + decoded * params.finished_frames) * params.positions + s) * params.heads + chunk.head;
        let q = at * width4;
        var products = vec4f();
        var dp = vec4f();
        for (var i = 0u; i < width4; i++) {
          products = fma(queries[q + i], keys[k + i], products);
          dp = fma(d_out[q + i], values[k + i], dp);
        }
        let score = (products.x + products.y + products.z + products.w) * scale + age_bias;
        let weight = exp(score - lse_delta[at].x);
        let ds = weight * (dp.x + dp.y + dp.z + dp.w - lse_delta[at].y);
        for (var i = 0u; i < chunk.count; i++) {
          dk_sum[i] = fma(vec4f(ds), queries[q + chunk.first + i], dk_sum[i]);
          dv_sum[i] = fma(vec4f(weight), d_out[q + chunk.first + i], dv_sum[i]);
        }
      }
    }
  }
  for (var i = 0u; i < chunk.count; i++) {
    dk[k + chunk.first + i] = dk_sum[i] * scale;
    dv[k + chunk.first + i] = dv_sum[i];
  }
}
