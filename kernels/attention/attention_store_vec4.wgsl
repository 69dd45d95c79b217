// The output of attention for heads whose width is a multiple of 4.

@group(0) @binding(4) var<storage, read_write> out: array<elem4>; // [slices, S, heads · d]

// Stores one vec4 of a head; heads are counted over slices and tokens.
fn store_head(head: u32, channel4: u32, v: vec4f) { out[head * (head_width / 4u) + channel4] = pack4(v); }
