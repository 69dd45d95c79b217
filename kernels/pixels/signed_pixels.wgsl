// frames[i] = byte / 127.5 - 1: the channels of RGBA8 pixels on the scale -1 … 1.
// Grid: one thread per value (elementGrid).

struct Params {
  length: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> pictures: array<u32>; // [length / 3] RGBA8, red in the low byte
@group(0) @binding(2) var<storage, read_write> frames: array<f32>; // [length]

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u) {
  let i = element_index(id);
  if (i >= params.length) { return; }
  let byte = (pictures[i / 3u] >> (8u * (i % 3u))) & 255u;
  frames[i] = (f32(byte) / 255.0 - 0.5) * 2.0;
}
