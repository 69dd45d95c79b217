// Parameters and bindings of both variants of split_heads' backward pass, which say what `operand` is: one channel or four.

struct Params {
  rows: u32, // slices · S
  heads: u32,
  head_width: u32, // d
  qk_norm: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> qkv: array<operand>; // [rows, 3 · heads · d]
@group(0) @binding(2) var<storage, read> q_norm: array<operand>; // [d]
@group(0) @binding(3) var<storage, read> k_norm: array<operand>; // [d]
@group(0) @binding(4) var<storage, read> dq: array<operand>; // [rows, heads, padded d]
@group(0) @binding(5) var<storage, read> dk: array<operand>; // the same
@group(0) @binding(6) var<storage, read> dv: array<operand>; // the same
@group(0) @binding(7) var<storage, read_write> dqkv: array<operand>; // [rows, 3 · heads · d]
@group(0) @binding(8) var<storage, read_write> d_norm: array<operand>; // [rows, heads, 2, d], the norm weights' gradients to be summed
