// Splits qkv [slices, S, 3D] into queries, keys and values by head, each head padded with zeros to a multiple of 4 channels, with
// QK-norm where the model has it. For the KV cache, slice b is frame first + b and goes to slot (first + b) mod slots. With two
// guidance passes both slices are frame `first`, and the second goes to the slot past the ring.
// From qk_norm, cache_slot, split_heads_common: inverse_rms; slot_of; bindings, key_row.
// Grid: one thread per head of q, k or v (x) and row (y).

alias operand = elem;
alias norm_weight = f32;

@compute @workgroup_size(16, 4)
fn main(@builtin(global_invocation_id) id: vec3u) {
  let part = id.x / params.heads;
  let head = id.x % params.heads;
  let row = tiled_row_index(id, 4u);
  if (part >= 3u || row >= params.rows) { return; }
  let from_qkv = (row * 3u * params.heads + id.x) * params.head_width;

  var scale = 1.0;
  if (params.qk_norm != 0u && part < 2u) {
    var squares = 0.0;
    for (var i = 0u; i < params.head_width; i++) {
      let v = f32(qkv[from_qkv + i]);
      squares = fma(v, v, squares);
    }
    scale = inverse_rms(vec4f(squares), params.head_width).x;
  }

  let padded = (params.head_width + 3u) / 4u * 4u;
  let to_query = (row * params.heads + head) * padded;
  let to_key = (key_row(row) * params.heads + head) * padded;
  for (var i = 0u; i < padded; i++) {
    var v = 0.0;
    if (i < params.head_width) {
      v = f32(qkv[from_qkv + i]) * scale;
      if (params.qk_norm != 0u && part == 0u) { v *= q_norm[i]; }
      if (params.qk_norm != 0u && part == 1u) { v *= k_norm[i]; }
    }
    if (part == 0u) { queries[to_query + i] = elem(v); }
    if (part == 1u) { keys[to_key + i] = elem(v); }
    if (part == 2u) { values[to_key + i] = elem(v); }
  }
}
