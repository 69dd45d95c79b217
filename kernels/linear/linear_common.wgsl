// What the versions of linear share: y = activation(x · W + bias) + residual over rows of vec4, W transposed when it was
// loaded, so that four outputs are one vec4. inner and outer are multiples of 4. This text comes before that of a version.

struct Params {
  rows: u32,
  inner: u32,
  outer: u32,
  has_bias: u32,
  gelu: u32,
  residual_rows: u32, // 0: no residual; fewer than rows: repeated down the rows
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<elem4>; // [rows, inner]
@group(0) @binding(2) var<storage, read> weight: array<elem4>; // [inner, outer]
@group(0) @binding(3) var<storage, read> bias: array<vec4f>; // [outer]
@group(0) @binding(4) var<storage, read> residual: array<elem4>; // [residual_rows, outer]
@group(0) @binding(5) var<storage, read_write> y: array<elem4>; // [rows, outer]

// The tanh form; the argument is clamped because tanh may overflow, and is 1 to the last digit beyond.
fn gelu4(v: vec4f) -> vec4f {
  let t = 0.7978845608028654 * (v + 0.044715 * v * v * v);
  return 0.5 * v * (1.0 + tanh(clamp(t, vec4f(-12.0), vec4f(12.0))));
}

// What four sums begin at: their bias.
fn first(column: u32) -> vec4f {
  if (params.has_bias == 0u) { return vec4f(); }
  return bias[column];
}

// What a pipeline may leave out: SwiftShader computes what a branch holds for no lane at all, too.
override may_gelu = true;
override may_add = true; // a residual

// Writes four outputs, where there is such a row and column (of vec4).
fn finish(sum: vec4f, row: u32, column: u32) {
  if (row >= params.rows || column >= params.outer / 4u) { return; }
  var v = sum;
  if (may_gelu) {
    if (params.gelu != 0u) { v = gelu4(v); }
  }
  if (may_add) {
    if (params.residual_rows > 0u) { v += unpack4(residual[(row % max(params.residual_rows, 1u)) * (params.outer / 4u) + column]); }
  }
  y[row * (params.outer / 4u) + column] = pack4(v);
}

// sum + a · W over four rows of W: one row of x, four of its channels.
fn product(a: vec4f, w0: vec4f, w1: vec4f, w2: vec4f, w3: vec4f, sum: vec4f) -> vec4f {
  return fma(vec4f(a.x), w0, fma(vec4f(a.y), w1, fma(vec4f(a.z), w2, fma(vec4f(a.w), w3, sum))));
}
