// The newest frame and the one after it, whose tokens are all masked, as one chunk of two frames.
// Grid: one thread per token of a frame (x).

struct Params {
  tokens: u32, // S · N
  mask: u32, // K
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> tokens: array<i32>; // [S, N] of the newest frame
@group(0) @binding(2) var<storage, read> frame_info: array<i32>; // of the frame after it: index, seed, action
@group(0) @binding(3) var<storage, read_write> pair: array<i32>; // [2, S, N]
@group(0) @binding(4) var<storage, read_write> pair_info: array<i32>; // [4]: index of the newest frame, seed, action into each

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u) {
  if (id.x >= params.tokens) { return; }
  pair[id.x] = tokens[id.x];
  pair[params.tokens + id.x] = i32(params.mask);
  if (id.x > 0u) { return; }
  pair_info[0] = frame_info[0] - 1;
  pair_info[1] = frame_info[1];
  pair_info[2] = pair_info[3];
  pair_info[3] = frame_info[2];
}
