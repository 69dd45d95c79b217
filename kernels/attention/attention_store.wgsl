// The output of attention for heads of any width: channel by channel, without the padding.

@group(0) @binding(4) var<storage, read_write> out: array<elem>; // [slices, S, heads · d]

// Stores one vec4 of a head; heads are counted over slices and tokens.
fn store_head(head: u32, channel4: u32, v: vec4f) {
  let channel = 4u * channel4;
  for (var j = 0u; j < min(4u, head_width - channel); j++) { out[head * head_width + channel + j] = elem(v[j]); }
}
