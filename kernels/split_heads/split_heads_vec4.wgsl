// split_heads.wgsl for heads whose width is a multiple of 4, which need no padding.
// From qk_norm, cache_slot, split_heads_common: inverse_rms; slot_of; bindings, key_row.
// Grid: one thread per head of a row, for its q, k and v (elementGrid).

alias operand = elem4;
alias norm_weight = vec4f;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u) {
  let at = element_index(id);
  let row = at / params.heads;
  if (row >= params.rows) { return; }
  let head = at % params.heads;
  let width4 = params.head_width / 4u;
  let q = (row * 3u * params.heads + head) * width4;
  let k = q + params.heads * width4;
  let v = k + params.heads * width4;

  let to_query = at * width4;
  let to_key = (key_row(row) * params.heads + head) * width4;
  for (var i = 0u; i < width4; i++) { values[to_key + i] = qkv[v + i]; }
  if (params.qk_norm == 0u) {
    for (var i = 0u; i < width4; i++) {
      queries[to_query + i] = qkv[q + i];
      keys[to_key + i] = qkv[k + i];
    }
    return;
  }

  let q_scale = head_scale(q, width4);
  let k_scale = head_scale(k, width4);
  for (var i = 0u; i < width4; i++) {
    queries[to_query + i] = pack4(unpack4(qkv[q + i]) * q_scale * q_norm[i]);
    keys[to_key + i] = pack4(unpack4(qkv[k + i]) * k_scale * k_norm[i]);
  }
}

fn head_scale(from_x: u32, width4: u32) -> f32 {
  var squares = vec4f();
  for (var i = 0u; i < width4; i++) {
    let x = unpack4(qkv[from_x + i]);
    squares = fma(x, x, squares);
  }
  return inverse_rms(vec4f(dot(squares, vec4f(1.0))), params.head_width).x;
}
