// attention_out_whole.wgsl for heads whose last channels are no whole vec4: one by one.

@group(0) @binding(4) var<storage, read_write> out: array<elem>; // [blocks, S, heads · d]

fn leave(head: u32, channel4: u32, v: vec4f) {
  let channel = 4u * channel4;
  for (var j = 0u; j < min(4u, head_width - channel); j++) { out[head * head_width + channel + j] = elem(v[j]); }
}
