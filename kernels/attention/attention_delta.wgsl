// What the way back through attention needs of each query and head before anything else: delta = Σ_c out · dout, beside the
// logarithm of its softmax's sum; and dout with every head padded with zeros to whole vec4, as q, k and v are.
// Grid: one thread a head (x), one row (y).

struct Params {
  rows: u32, // blocks · S
  heads: u32,
  head_width: u32, // d
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> out: array<f32>; // [rows, heads · d]
@group(0) @binding(2) var<storage, read> dout: array<f32>; // [rows, heads · d]
@group(0) @binding(3) var<storage, read> log_sums: array<f32>; // [rows, heads]
@group(0) @binding(4) var<storage, read_write> padded: array<f32>; // [rows, heads, padded d], dout
@group(0) @binding(5) var<storage, read_write> statistics: array<vec2f>; // [rows, heads] log sum, delta

@compute @workgroup_size(8, 8)
fn main(@builtin(global_invocation_id) id: vec3u) {
  let row = id.y + id.z * 262144u;
  if (id.x >= params.heads || row >= params.rows) { return; }
  let at = row * params.heads + id.x;
  let width = (params.head_width + 3u) / 4u * 4u;
  // Added up in the order in which the passes add up dout · v: where a query sees one key, the two are equal to the last bit.
  var delta = vec4f();
  for (var i = 0u; i < width; i++) {
    var d = 0.0;
    if (i < params.head_width) {
      d = dout[at * params.head_width + i];
      delta[i % 4u] = fma(d, out[at * params.head_width + i], delta[i % 4u]);
    }
    padded[at * width + i] = d;
  }
  statistics[at] = vec2f(log_sums[at], delta.x + delta.y + delta.z + delta.w);
}
