// The way back through split_heads: gradients of q, k and v by head become that of qkv. With QK-norm, for q and k of a head,
// x = qkv, r = 1/sqrt(mean(x²) + 1e-6), y = x · r · weight: dx = r · (weight · dy - x · r² · mean(weight · dy · x)). The weight's
// gradient is the sum over rows and heads of dy · x · r, which are left in `products` for sum_rows.
// Grid: one thread a head of q, k or v (x), one row (y).

struct Params {
  rows: u32, // blocks · S
  heads: u32,
  head_width: u32, // d
  qk_norm: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> qkv: array<f32>; // [rows, 3 · heads · d]
@group(0) @binding(2) var<storage, read> q_norm: array<f32>; // [d]
@group(0) @binding(3) var<storage, read> k_norm: array<f32>; // [d]
@group(0) @binding(4) var<storage, read> dq: array<f32>; // [rows, heads, padded d]
@group(0) @binding(5) var<storage, read> dk: array<f32>; // the same
@group(0) @binding(6) var<storage, read> dv: array<f32>; // the same
@group(0) @binding(7) var<storage, read_write> dqkv: array<f32>; // [rows, 3 · heads · d]
@group(0) @binding(8) var<storage, read_write> products: array<f32>; // [rows, heads, 2, d]

fn incoming(part: u32, at: u32) -> f32 {
  if (part == 0u) { return dq[at]; }
  if (part == 1u) { return dk[at]; }
  return dv[at];
}

@compute @workgroup_size(16, 4)
fn main(@builtin(global_invocation_id) id: vec3u) {
  let part = id.x / params.heads;
  let head = id.x % params.heads;
  let row = id.y + id.z * 131072u;
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
  let r = 1.0 / sqrt(squares / f32(d) + 1e-6);
  let pull = r * r * product / f32(d);
  let products_at = ((row * params.heads + head) * 2u + part) * d;
  for (var i = 0u; i < d; i++) {
    let x = qkv[x_at + i];
    let dy = incoming(part, dy_at + i);
    dqkv[x_at + i] = r * (select(k_norm[i], q_norm[i], part == 0u) * dy - x * pull);
    products[products_at + i] = dy * x * r;
  }
}
