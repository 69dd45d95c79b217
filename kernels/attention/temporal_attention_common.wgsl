// Shared by temporal attention over a full KV cache and with appending to it. Frame t lies at slot t mod slots of the KV cache.

// The slot of the frame `age` frames before a block's frame. With two guidance passes both blocks are the first frame, and the second
// block's newest frame is in the slot past the ring.
fn slot_of(block: u32, age: u32) -> u32 {
  let is_guided = params.guidance_passes == 2u;
  if (is_guided && block == 1u && age == 0u) { return params.slots; }
  return (frame_info[0] + select(block, 0u, is_guided) - age) % params.slots;
}

// Where a head begins in keys and values.
fn cached_head(slot: u32, token: u32, head: u32) -> u32 {
  return ((slot * params.tokens + token) * params.heads + head) * head_vec4s();
}
