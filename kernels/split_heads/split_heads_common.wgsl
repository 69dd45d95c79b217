// Parameters and bindings of both variants of split_heads, which say what `operand` and `norm_weight` are: one channel or four.

struct Params {
  rows: u32, // slices · S
  positions: u32, // S
  heads: u32,
  head_width: u32, // d
  qk_norm: u32,
  to_cache: u32, // whether keys and values go to the KV cache
  slots: u32, // of the KV cache's ring
  guidance_passes: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> qkv: array<operand>; // [rows, 3 · heads · d]
@group(0) @binding(2) var<storage, read> q_norm: array<norm_weight>; // [d]
@group(0) @binding(3) var<storage, read> k_norm: array<norm_weight>; // [d]
@group(0) @binding(4) var<storage, read> frame_info: array<u32>; // [0] = frame of slice 0
@group(0) @binding(5) var<storage, read_write> queries: array<operand>; // [rows, heads, padded d]
@group(0) @binding(6) var<storage, read_write> keys: array<operand>; // [slices or slots (+1), S, heads, padded d]
@group(0) @binding(7) var<storage, read_write> values: array<operand>; // the same

// The row of keys and values that a row of qkv goes to.
fn key_row(row: u32) -> u32 {
  if (params.to_cache == 0u) { return row; }
  return slot_of(row / params.positions, 0u) * params.positions + row % params.positions;
}
