// Puts a token for the action into each frame before that frame's tokens: K + 1 + a for action a, K + 1 + A without one (a < 0). K is
// the mask.
// A window's first frame has no action.
// Grid: one thread per token of the result.

struct Params {
  length: u32, // frames · (S + 1)
  positions: u32, // S
  codes: u32, // K
  actions: u32, // A
  begins: u32, // whether the first frame is a window's first
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> tokens: array<i32>; // [frames, S]
@group(0) @binding(2) var<storage, read> actions: array<i32>; // [frames]
@group(0) @binding(3) var<storage, read_write> all: array<i32>; // [frames, S + 1]

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u) {
  let i = element_index(id);
  if (i >= params.length) { return; }
  let frame = i / (params.positions + 1u);
  let s = i % (params.positions + 1u);
  if (s > 0u) {
    all[i] = tokens[frame * params.positions + s - 1u];
    return;
  }
  let action = actions[frame];
  let is_none = action < 0 || (params.begins != 0u && frame == 0u);
  all[i] = i32(params.codes) + 1 + select(action, i32(params.actions), is_none);
}
