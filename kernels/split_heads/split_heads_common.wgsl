// What both versions of split_heads share: their sizes, and where keys and values go. This text comes before theirs.

struct Size {
  rows: u32, // blocks · S
  tokens: u32, // S
  heads: u32,
  head_width: u32, // d
  qk_norm: u32,
  ring: u32,
  slots: u32,
  branches: u32,
}

@group(0) @binding(0) var<uniform> size: Size;
@group(0) @binding(4) var<storage, read> clock: array<u32>; // [0] = first

// The row of keys and values that is of this row of qkv.
fn cached(row: u32) -> u32 {
  let block = row / size.tokens;
  var slot = block;
  if (size.ring != 0u) { slot = select((clock[0] + block) % size.slots, size.slots, size.branches == 2u && block == 1u); }
  return slot * size.tokens + row % size.tokens;
}
