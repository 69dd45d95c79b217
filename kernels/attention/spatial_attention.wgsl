// out = softmax(q · k / sqrt(d)) · v, every frame alone: all its S tokens see one another. The softmax is online (running
// maximum and sum), so no score is ever stored and memory grows with S · D. Four keys are taken at a time: a query's
// channels are then read, and the sums rescaled, a quarter as often.
// A thread keeps CHUNK vec4 of channels in registers; a wider head is shared by several threads that each redo the scores.
// Grid: one thread a query (x), a head and chunk (y), a block (z).

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
  let scale = 1.0 / sqrt(f32(head_width));
  let last = params.tokens - 1u;

  var sum: array<vec4f, CHUNK>;
  var best = -1e30;
  var total = 0.0;
  for (var key = 0u; key < params.tokens; key += 4u) {
    // Past the last key the last is read again, and counts for nothing.
    let k = block + min(vec4u(key, key + 1u, key + 2u, key + 3u), vec4u(last)) * stride;
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
    scores = select(scores, vec4f(-1e30), vec4u(key, key + 1u, key + 2u, key + 3u) > vec4u(last));
    let new_best = max(best, max(max(scores.x, scores.y), max(scores.z, scores.w)));
    let fade = exp(best - new_best);
    let weights = exp(scores - new_best);
    best = new_best;
    total = fma(total, fade, dot(weights, ones));
    for (var i = 0u; i < channels; i++) {
      let at = first_channel + i;
      var v = sum[i] * fade;
      v = fma(vec4f(weights.x), unpack4(values[k.x + at]), v);
      v = fma(vec4f(weights.y), unpack4(values[k.y + at]), v);
      v = fma(vec4f(weights.z), unpack4(values[k.z + at]), v);
      sum[i] = fma(vec4f(weights.w), unpack4(values[k.w + at]), v);
    }
  }

  let row = (id.z * params.tokens + query) * params.heads + head;
  if (params.save != 0u && first_channel == 0u) {
    log_sums[row] = best + log(total);
  }
  for (var i = 0u; i < channels; i++) { leave(row, first_channel + i, sum[i] / total); }
}
