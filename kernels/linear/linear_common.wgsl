// Parameters and bindings of all variants of linear: y = activation(x · W + bias) + addend, with W transposed when it was loaded.
// A variant says what `operand` and `bias_operand` are: one channel or four.

struct Params {
  rows: u32,
  inner: u32,
  outer: u32,
  has_bias: u32,
  gelu: u32,
  addend_rows: u32, // 0: no addend; fewer than rows: repeated down the rows
  addend_from: u32, // of more than rows: the first that is added
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<operand>; // [rows, inner]
@group(0) @binding(2) var<storage, read> weight: array<operand>; // [inner, outer]
@group(0) @binding(3) var<storage, read> bias: array<bias_operand>; // [outer]
@group(0) @binding(4) var<storage, read> addend: array<operand>; // [addend_rows, outer]
@group(0) @binding(5) var<storage, read_write> y: array<operand>; // [rows, outer]
