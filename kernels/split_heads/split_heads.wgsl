// Parts qkv [blocks, S, 3D] into queries, keys and values by head, each head padded with zeros to a multiple of 4 channels;
// with QK-norm, q and k of a head become q / sqrt(mean(q²) + 1e-6) · norm weight. In a temporal layer keys and values go to
// their frame's slot of the ring of past frames: block b is frame first + b at slot (first + b) mod slots; of two
// branches (guidance) both are frame first, and the second has the slot past the ring to itself.
// split_heads_ring.wgsl comes before this text.
// Grid: one thread a head of q, k or v (x), one row (y).

@group(0) @binding(1) var<storage, read> qkv: array<elem>; // [rows, 3 · heads · d]
@group(0) @binding(2) var<storage, read> q_norm: array<f32>; // [d]
@group(0) @binding(3) var<storage, read> k_norm: array<f32>; // [d]
@group(0) @binding(5) var<storage, read_write> queries: array<elem>; // [rows, heads, padded d]
@group(0) @binding(6) var<storage, read_write> keys: array<elem>; // [slots (+1), S, heads, padded d]
@group(0) @binding(7) var<storage, read_write> values: array<elem>; // the same

@compute @workgroup_size(16, 4)
fn main(@builtin(global_invocation_id) id: vec3u) {
  let part = id.x / params.heads;
  let head = id.x % params.heads;
  let row = id.y + id.z * 131072u;
  if (part >= 3u || row >= params.rows) { return; }
  let from_qkv = (row * 3u * params.heads + id.x) * params.head_width;

  var scale = 1.0;
  if (params.qk_norm != 0u && part < 2u) {
    var squares = 0.0;
    for (var i = 0u; i < params.head_width; i++) {
      let v = f32(qkv[from_qkv + i]);
      squares = fma(v, v, squares);
    }
    scale = 1.0 / sqrt(squares / f32(params.head_width) + 1e-6);
  }

  let padded = (params.head_width + 3u) / 4u * 4u;
  let to_query = (row * params.heads + head) * padded;
  let to_cache = (cached(row) * params.heads + head) * padded;
  for (var i = 0u; i < padded; i++) {
    var v = 0.0;
    if (i < params.head_width) {
      v = f32(qkv[from_qkv + i]) * scale;
      if (params.qk_norm != 0u && part == 0u) { v *= q_norm[i]; }
      if (params.qk_norm != 0u && part == 1u) { v *= k_norm[i]; }
    }
    if (part == 0u) { queries[to_query + i] = elem(v); }
    if (part == 1u) { keys[to_cache + i] = elem(v); }
    if (part == 2u) { values[to_cache + i] = elem(v); }
  }
}
