// What both versions of split_heads share: their sizes, and where keys and values go. This text comes before theirs.

struct Params {
  rows: u32, // blocks · S
  tokens: u32, // S
  heads: u32,
  head_width: u32, // d
  qk_norm: u32,
  ring: u32,
  slots: u32,
  branches: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(4) var<storage, read> frame_info: array<u32>; // [0] = first

// The row of keys and values that is of this row of qkv.
fn cached(row: u32) -> u32 {
  let block = row / params.tokens;
  var slot = block;
  if (params.ring != 0u) { slot = select((frame_info[0] + block) % params.slots, params.slots, params.branches == 2u && block == 1u); }
  return slot * params.tokens + row % params.tokens;
}
