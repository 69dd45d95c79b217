// Begins decoding a frame as begin_frame does, and first puts the last finished frame and the masked one into a chunk of two frames.
// Grid: one thread per token or count (x).

struct Params {
  tokens: u32, // S · N
  positions: u32, // S
  mask: u32, // K
  counts: u32, // steps + 1
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read_write> tokens: array<i32>; // [S, N]
@group(0) @binding(2) var<storage, read_write> step_index: array<u32>; // [1]
@group(0) @binding(3) var<storage, read_write> masked_count: array<u32>; // [steps + 1]
@group(0) @binding(4) var<storage, read> frame_info: array<i32>; // of the frame: index, seed, action
@group(0) @binding(5) var<storage, read_write> pair: array<i32>; // [2, S, N]
@group(0) @binding(6) var<storage, read_write> pair_info: array<i32>; // [4]: index of the last finished frame, seed, action into each

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u) {
  if (id.x < params.tokens) {
    pair[id.x] = tokens[id.x];
    pair[params.tokens + id.x] = i32(params.mask);
    tokens[id.x] = i32(params.mask);
  }
  if (id.x < params.counts) { masked_count[id.x] = select(0u, params.positions, id.x == 0u); }
  if (id.x > 0u) { return; }
  step_index[0] = 0u;
  pair_info[0] = frame_info[0] - 1;
  pair_info[1] = frame_info[1];
  pair_info[2] = pair_info[3];
  pair_info[3] = frame_info[2];
}
