// split_heads_backward for heads of whole vec4, with no padding. Grid: one thread a head of a row, its q, k and v (elementGrid).

struct Params {
  rows: u32, // blocks · S
  heads: u32,
  head_width: u32, // d
  qk_norm: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> qkv: array<vec4f>; // [rows, 3 · heads · d]
@group(0) @binding(2) var<storage, read> q_norm: array<vec4f>; // [d]
@group(0) @binding(3) var<storage, read> k_norm: array<vec4f>; // [d]
@group(0) @binding(4) var<storage, read> dq: array<vec4f>; // [rows, heads, d]
@group(0) @binding(5) var<storage, read> dk: array<vec4f>; // the same
@group(0) @binding(6) var<storage, read> dv: array<vec4f>; // the same
@group(0) @binding(7) var<storage, read_write> dqkv: array<vec4f>; // [rows, 3 · heads · d]
@group(0) @binding(8) var<storage, read_write> products: array<vec4f>; // [rows, heads, 2, d]

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u) {
  let at = id.x + (id.y + id.z * 32768u) * 65536u;
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
  let r_q = 1.0 / sqrt(dot(squares_q, ones) / d + 1e-6);
  let r_k = 1.0 / sqrt(dot(squares_k, ones) / d + 1e-6);
  let pull_q = r_q * r_q * dot(product_q, ones) / d;
  let pull_k = r_k * r_k * dot(product_k, ones) / d;
  for (var i = 0u; i < width4; i++) {
    let x = qkv[q + i];
    let z = qkv[k + i];
    dqkv[q + i] = r_q * (q_norm[i] * dq[dy + i] - x * pull_q);
    dqkv[k + i] = r_k * (k_norm[i] * dk[dy + i] - z * pull_k);
    products[2u * dy + i] = dq[dy + i] * x * r_q;
    products[2u * dy + width4 + i] = dk[dy + i] * z * r_k;
  }
}
