// The first step of attention's backward pass: delta = Σ_c out · d_out for each query and head, stored beside its log-sum-exp, and
// d_out with every head padded with zeros to a multiple of 4 channels, as q, k and v are.
// Grid: one thread per head (x) and row (y).

struct Params {
  rows: u32, // slices · S
  heads: u32,
  head_width: u32, // d
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> out: array<f32>; // [rows, heads · d]
@group(0) @binding(2) var<storage, read> d_out: array<f32>; // [rows, heads · d]
@group(0) @binding(3) var<storage, read> log_sum_exp: array<f32>; // [rows, heads]
@group(0) @binding(4) var<storage, read_write> padded: array<f32>; // [rows, heads, padded d], d_out
@group(0) @binding(5) var<storage, read_write> lse_delta: array<vec2f>; // [rows, heads] log-sum-exp, delta

@compute @workgroup_size(8, 8)
fn main(@builtin(global_invocation_id) id: vec3u) {
  let row = tiled_row_index(id, 8u);
  if (id.x >= params.heads || row >= params.rows) { return; }
  let at = row * params.heads + id.x;
  let width = (params.head_width + 3u) / 4u * 4u;
  // Summed in the order in which the other kernels sum d_out · v: where a query sees one key, the two are equal to the last bit.
  var delta = vec4f();
  for (var i = 0u; i < width; i++) {
    var d = 0.0;
    if (i < params.head_width) {
      d = d_out[at * params.head_width + i];
      delta[i % 4u] = fma(d, out[at * params.head_width + i], delta[i % 4u]);
    }
    padded[at * width + i] = d;
  }
  lse_delta[at] = vec2f(log_sum_exp[at], delta.x + delta.y + delta.z + delta.w);
}
