// The backward pass of split_heads: gradients of q, k and v by head become that of qkv. With QK-norm, for q and k of a head,
// r = 1/√(mean(x²) + 1e-6) and y = x · r · weight: dx = r · (weight · dy - x · r² · mean(weight · dy · x)). The weight's gradient is
// the sum over rows and heads of dy · x · r, whose terms d_norm holds.
// From qk_norm, split_heads_backward_common: inverse_rms, bindings.
// Grid: one thread per head of q, k or v (x) and row (y).

alias operand = f32;

fn incoming(part: u32, at: u32) -> f32 {
  if (part == 0u) { return dq[at]; }
  if (part == 1u) { return dk[at]; }
  return dv[at];
}

@compute @workgroup_size(16, 4)
fn main(@builtin(global_invocation_id) id: vec3u) {
  let part = id.x / params.heads;
  let head = id.x % params.heads;
  let row = tiled_row_index(id, 4u);
  if (part >= 3u || row >= params.rows) { return; }
  let d = params.head_width;
  let x_at = (row * 3u * params.heads + id.x) * d;
  let dy_at = (row * params.heads + head) * ((d + 3u) / 4u * 4u);
  if (params.qk_norm == 0u || part == 2u) {
    for (var i = 0u; i < d; i++) { dqkv[x_at + i] = incoming(part, dy_at + i); }
    return;
  }
  var squares = 0.0;
  var product = 0.0;
  for (var i = 0u; i < d; i++) {
    let x = qkv[x_at + i];
    squares = fma(x, x, squares);
    product = fma(select(k_norm[i], q_norm[i], part == 0u) * incoming(part, dy_at + i), x, product);
  }
  let r = inverse_rms(vec4f(squares), params.head_width).x;
  let radial = r * r * product / f32(d);
  let d_norm_at = ((row * params.heads + head) * 2u + part) * d;
  for (var i = 0u; i < d; i++) {
    let x = qkv[x_at + i];
    let dy = incoming(part, dy_at + i);
    dqkv[x_at + i] = r * (select(k_norm[i], q_norm[i], part == 0u) * dy - x * radial);
    d_norm[d_norm_at + i] = dy * x * r;
  }
}
