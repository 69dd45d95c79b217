// The actions of a window of C past frames and the new ones after it. Action t leads to frame t + 1; frame 0 has none (-1). Actions that
// were not given (-1 in `given`) are those that the action model inferred.
// Grid: one thread per frame (x).

struct Params {
  count: u32, // C
  frames: u32, // new frames, all led to by the last action
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> given: array<i32>; // [C], the oldest first
@group(0) @binding(2) var<storage, read> inferred: array<i32>; // [C]: the action into frame t
@group(0) @binding(3) var<storage, read_write> past: array<i32>; // [C]: the action into each past frame
@group(0) @binding(4) var<storage, read_write> future: array<i32>; // [frames]: the action into each new frame

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u) {
  let t = id.x;
  if (t == 0u) { past[0] = -1; }
  if (t > 0u && t < params.count) { past[t] = select(inferred[t], given[t - 1u], given[t - 1u] >= 0); }
  if (t < params.frames) { future[t] = given[params.count - 1u]; }
}
