// Parameters and bindings of both variants of layer norm's backward pass, which say what `operand` is: one channel or four.

struct Params {
  rows: u32, // of x
  width: u32,
  row_stride: u32,
  accumulate: u32, // whether `accumulated` is added
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<operand>; // [rows, width]
@group(0) @binding(2) var<storage, read> weight: array<operand>; // [width]
@group(0) @binding(3) var<storage, read> dy: array<operand>; // [rows / row_stride, width]
@group(0) @binding(4) var<storage, read> accumulated: array<operand>; // [rows, width]
@group(0) @binding(5) var<storage, read_write> dx: array<operand>; // [rows, width]
@group(0) @binding(6) var<storage, read_write> statistics: array<vec2f>; // [rows / row_stride] mean, 1/deviation

fn gradient_before(at: u32) -> operand {
  if (params.accumulate == 0u) { return operand(); }
  return accumulated[at];
}
