// The way back through attention to its keys and values, spatial and temporal alike: attention_backward_query.wgsl seen from the
// other side. dv = Σ p · dout, dk = Σ ds · q / √d over the queries that see the key: frames t … t+W-1 of its clip, in each its own
// position or all of them. Grid: one thread a key (x), a head and chunk of channels (y), a frame (z).

@group(0) @binding(7) var<storage, read_write> dk: array<vec4f>; // [blocks, S, heads, padded d]
@group(0) @binding(8) var<storage, read_write> dv: array<vec4f>; // the same

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
  let k = (row * params.heads + head) * width4;

  var key_sum: array<vec4f, CHUNK>;
  var value_sum: array<vec4f, CHUNK>;
  for (var age = 0u; age < min(params.window, params.clip - id.z % params.clip); age++) {
    let from_token = select(token, 0u, params.full != 0u);
    let to_token = select(token + 1u, params.tokens, params.full != 0u);
    var added = 0.0;
    if (params.has_bias != 0u) { added = bias[head * params.window + age]; }
    for (var s = from_token; s < to_token; s++) {
      let at = ((id.z + age) * params.tokens + s) * params.heads + head;
      let q = at * width4;
      var products = vec4f();
      var gains = vec4f();
      for (var i = 0u; i < width4; i++) {
        products = fma(queries[q + i], keys[k + i], products);
        gains = fma(douts[q + i], values[k + i], gains);
      }
      let score = (products.x + products.y + products.z + products.w) * scale + added;
      let weight = exp(score - statistics[at].x);
      let ds = weight * (gains.x + gains.y + gains.z + gains.w - statistics[at].y);
      for (var i = 0u; i < channels; i++) {
        key_sum[i] = fma(vec4f(ds), queries[q + first_channel + i], key_sum[i]);
        value_sum[i] = fma(vec4f(weight), douts[q + first_channel + i], value_sum[i]);
      }
    }
  }
  for (var i = 0u; i < channels; i++) {
    dk[k + first_channel + i] = key_sum[i] * scale;
    dv[k + first_channel + i] = value_sum[i];
  }
}
