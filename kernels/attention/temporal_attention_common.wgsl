// Shared by temporal attention over a full KV cache and with appending to it.

// Where a head begins in keys and values.
fn cached_head(slot: u32, token: u32, head: u32) -> u32 {
  return ((slot * params.positions + token) * params.heads + head) * head_vec4s();
}
