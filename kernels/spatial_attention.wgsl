// out = softmax(q · k / sqrt(d)) · v, every frame alone: all its S tokens see one another. The softmax is online (running
// maximum and sum), so no score is ever stored and memory grows with S · D.
// A thread keeps CHUNK vec4 of channels in registers; a wider head is shared by several threads that each redo the scores.
// Grid: one thread a query (x), a head and chunk (y), a block (z).

override head_width: u32; // d

struct Size {
  tokens: u32, // S
  heads: u32,
}

const CHUNK = 16u;

@group(0) @binding(0) var<uniform> size: Size;
@group(0) @binding(1) var<storage, read> queries: array<elem4>; // [blocks, S, heads, padded d]
@group(0) @binding(2) var<storage, read> keys: array<elem4>; // [blocks, S, heads, padded d]
@group(0) @binding(3) var<storage, read> values: array<elem4>; // [blocks, S, heads, padded d]
@group(0) @binding(4) var<storage, read_write> out: array<elem>; // [blocks, S, heads · d]

@compute @workgroup_size(32)
fn main(@builtin(global_invocation_id) id: vec3u) {
  let width4 = (head_width + 3u) / 4u;
  let chunks = (width4 + CHUNK - 1u) / CHUNK;
  let query = id.x;
  let head = id.y / chunks;
  let first_channel = (id.y % chunks) * CHUNK;
  let channels = min(CHUNK, width4 - first_channel);
  if (query >= size.tokens) { return; }
  let stride = size.heads * width4;
  let block = id.z * size.tokens * stride + head * width4;
  let q = block + query * stride;
  let scale = 1.0 / sqrt(f32(head_width));

  var sum: array<vec4f, CHUNK>;
  var best = -1e30;
  var total = 0.0;
  for (var key = 0u; key < size.tokens; key++) {
    let k = block + key * stride;
    var products = vec4f();
    for (var i = 0u; i < width4; i++) { products = fma(vec4f(queries[q + i]), vec4f(keys[k + i]), products); }
    let score = (products.x + products.y + products.z + products.w) * scale;
    if (score > best) {
      let fade = exp(best - score);
      total *= fade;
      for (var i = 0u; i < channels; i++) { sum[i] *= fade; }
      best = score;
    }
    let weight = exp(score - best);
    total += weight;
    for (var i = 0u; i < channels; i++) { sum[i] = fma(vec4f(weight), vec4f(values[k + first_channel + i]), sum[i]); }
  }

  let to_out = ((id.z * size.tokens + query) * size.heads + head) * head_width;
  for (var i = 0u; i < channels; i++) {
    let channel = 4u * (first_channel + i);
    let v = sum[i] / total;
    for (var j = 0u; j < min(4u, head_width - channel); j++) { out[to_out + channel + j] = elem(v[j]); }
  }
}
