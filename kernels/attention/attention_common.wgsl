// Shared by all attention kernels, forward and backward: which head, and which of its channels, a thread computes.
// CHUNK, the vec4s that a thread keeps in registers, comes from attention_common.ts.

override head_width: u32; // d

// A head wider than CHUNK is shared by several threads, which each compute its scores.
struct HeadChunk {
  head: u32,
  first: u32, // the chunk's first vec4 within the head
  count: u32, // its vec4s
}

// Vec4s of a head as stored: d rounded up to a multiple of 4.
fn head_vec4s() -> u32 { return (head_width + 3u) / 4u; }

// The grid's y counts the chunks of all heads.
fn head_chunk(y: u32) -> HeadChunk {
  let chunks = (head_vec4s() + CHUNK - 1u) / CHUNK;
  let first = (y % chunks) * CHUNK;
  return HeadChunk(y / chunks, first, min(CHUNK, head_vec4s() - first));
}
