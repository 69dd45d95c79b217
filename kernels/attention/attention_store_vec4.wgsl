// Where attention leaves what a head has gathered, four channels at a time: heads of whole vec4. This text comes before a kernel's.

@group(0) @binding(4) var<storage, read_write> out: array<elem4>; // [blocks, S, heads · d]

// head counts heads from the first of block and token on, channel4 the vec4 of a head.
fn leave(head: u32, channel4: u32, v: vec4f) { out[head * (head_width / 4u) + channel4] = pack4(v); }
