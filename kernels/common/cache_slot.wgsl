// Frame t lies at slot t mod slots of the KV cache.

// The slot of the frame `age` frames before a slice's frame. With two guidance passes both slices are the first frame, and the second
// slice's own keys and values are in the slot past the ring.
fn slot_of(slice: u32, age: u32) -> u32 {
  let is_guided = params.guidance_passes == 2u;
  if (is_guided && slice == 1u && age == 0u) { return params.slots; }
  return (frame_info[0] + select(slice, 0u, is_guided) - age) % params.slots;
}
