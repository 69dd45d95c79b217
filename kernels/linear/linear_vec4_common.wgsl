// Shared by the vec4 variants of linear: how a sum of four outputs begins, grows and is stored. inner and outer are multiples of 4.

alias operand = elem4;
alias bias_operand = vec4f;

// Constants of the pipeline, because SwiftShader computes both sides of a branch even where no thread takes one of them.
override with_gelu = true;
override with_addend = true;

// The bias of four outputs, or zeros.
fn initial_sum(column: u32) -> vec4f {
  if (params.has_bias == 0u) { return vec4f(); }
  return bias[column];
}

// sum + a · W for four rows of W: one row of x, four of its channels.
fn product(a: vec4f, w0: vec4f, w1: vec4f, w2: vec4f, w3: vec4f, sum: vec4f) -> vec4f {
  return fma(vec4f(a.x), w0, fma(vec4f(a.y), w1, fma(vec4f(a.z), w2, fma(vec4f(a.w), w3, sum))));
}

// Applies GELU, adds `addend` and stores four outputs, unless the row or the column (of vec4) is past the last.
fn store(sum: vec4f, row: u32, column: u32) {
  if (row >= params.rows || column >= params.outer / 4u) { return; }
  var v = sum;
  if (with_gelu) {
    if (params.gelu != 0u) { v = gelu4(v); }
  }
  if (with_addend) {
    if (params.addend_rows > 0u) { v += unpack4(addend[((row + params.addend_from) % max(params.addend_rows, 1u)) * (params.outer / 4u) + column]); }
  }
  y[row * (params.outer / 4u) + column] = pack4(v);
}
