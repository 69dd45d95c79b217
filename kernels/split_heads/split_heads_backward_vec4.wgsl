// split_heads_backward.wgsl for heads whose width is a multiple of 4, which have no padding.
// From qk_norm, split_heads_backward_common: inverse_rms, bindings.
// Grid: one thread per head of a row, for its q, k and v (elementGrid).

alias operand = vec4f;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u) {
  let at = element_index(id);
  let row = at / params.heads;
  if (row >= params.rows) { return; }
  let width4 = params.head_width / 4u;
  let q = (row * 3u * params.heads + at % params.heads) * width4;
  let k = q + params.heads * width4;
  let v = k + params.heads * width4;
  let dy = at * width4;
  for (var i = 0u; i < width4; i++) { dqkv[v + i] = dv[dy + i]; }
  if (params.qk_norm == 0u) {
    for (var i = 0u; i < width4; i++) {
      dqkv[q + i] = dq[dy + i];
      dqkv[k + i] = dk[dy + i];
    }
    return;
  }

  // Sums of x² and of weight · dy · x.
  var squares_q = vec4f();
  var squares_k = vec4f();
  var product_q = vec4f();
  var product_k = vec4f();
  for (var i = 0u; i < width4; i++) {
    let x = qkv[q + i];
    let z = qkv[k + i];
    squares_q = fma(x, x, squares_q);
    squares_k = fma(z, z, squares_k);
    product_q = fma(q_norm[i] * dq[dy + i], x, product_q);
    product_k = fma(k_norm[i] * dk[dy + i], z, product_k);
  }
  let ones = vec4f(1.0);
  let d = f32(params.head_width);
  let r_q = inverse_rms(vec4f(dot(squares_q, ones)), params.head_width).x;
  let r_k = inverse_rms(vec4f(dot(squares_k, ones)), params.head_width).x;
  let radial_q = r_q * r_q * dot(product_q, ones) / d;
  let radial_k = r_k * r_k * dot(product_k, ones) / d;
  for (var i = 0u; i < width4; i++) {
    let x = qkv[q + i];
    let z = qkv[k + i];
    dqkv[q + i] = r_q * (q_norm[i] * dq[dy + i] - x * radial_q);
    dqkv[k + i] = r_k * (k_norm[i] * dk[dy + i] - z * radial_k);
    d_norm[2u * dy + i] = dq[dy + i] * x * r_q;
    d_norm[2u * dy + width4 + i] = dk[dy + i] * z * r_k;
  }
}
