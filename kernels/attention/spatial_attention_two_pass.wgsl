// out = softmax(q · k / sqrt(d)) · v: spatial_attention.wgsl in its simplest form, version 1. A query's scores are computed twice,
// first for their maximum, then for the weights, so that none is stored. Grid: one thread a query (x), a head and chunk (y), a block (z).

override head_width: u32; // d

const CHUNK = 16u;

struct Params {
  tokens: u32, // S
  heads: u32,
  save: u32, // whether the backward pass will want log_sums
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> queries: array<elem4>; // [blocks, S, heads, padded d]
@group(0) @binding(2) var<storage, read> keys: array<elem4>; // [blocks, S, heads, padded d]
@group(0) @binding(3) var<storage, read> values: array<elem4>; // [blocks, S, heads, padded d]
@group(0) @binding(5) var<storage, read_write> log_sums: array<f32>; // [blocks, S, heads]

fn score(q: u32, k: u32, width4: u32) -> f32 {
  var products = vec4f();
  for (var i = 0u; i < width4; i++) { products = fma(unpack4(queries[q + i]), unpack4(keys[k + i]), products); }
  return dot(products, vec4f(1.0)) / sqrt(f32(head_width));
}

@compute @workgroup_size(16)
fn main(@builtin(global_invocation_id) id: vec3u) {
  let width4 = (head_width + 3u) / 4u;
  let chunks = (width4 + CHUNK - 1u) / CHUNK;
  let query = id.x;
  let head = id.y / chunks;
  let first_channel = (id.y % chunks) * CHUNK;
  let channels = min(CHUNK, width4 - first_channel);
  if (query >= params.tokens) { return; }
  let stride = params.heads * width4;
  let block = id.z * params.tokens * stride + head * width4;
  let q = block + query * stride;

  var best = -1e30;
  for (var key = 0u; key < params.tokens; key++) { best = max(best, score(q, block + key * stride, width4)); }
  var sum: array<vec4f, CHUNK>;
  var total = 0.0;
  for (var key = 0u; key < params.tokens; key++) {
    let k = block + key * stride;
    let weight = exp(score(q, k, width4) - best);
    total += weight;
    for (var i = 0u; i < channels; i++) { sum[i] = fma(vec4f(weight), unpack4(values[k + first_channel + i]), sum[i]); }
  }

  let row = (id.z * params.tokens + query) * params.heads + head;
  if (params.save != 0u && first_channel == 0u) {
    log_sums[row] = best + log(total);
  }
  for (var i = 0u; i < channels; i++) { leave(row, first_channel + i, sum[i] / total); }
}
