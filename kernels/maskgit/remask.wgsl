// Of the masked positions the `masked_after` of least confidence stay masked (of equals, the lower index counts as less); the others
// take their candidates for good. A position's rank is counted, not sorted: S comparisons a thread.
// Grid: one thread a position.

struct Params {
  tokens: u32, // S
  mask: u32, // K
}

struct Step {
  temperature: f32,
  choice_noise: f32,
  guidance: f32,
  masked_after: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> candidates: array<i32>; // [S]
@group(0) @binding(2) var<storage, read> confidence: array<f32>; // [S]
@group(0) @binding(3) var<storage, read> schedule: array<Step>; // [steps]
@group(0) @binding(4) var<storage, read> step_index: array<u32>; // [0] = the step
@group(0) @binding(5) var<storage, read_write> tokens: array<i32>; // [S]

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u) {
  let i = id.x;
  if (i >= params.tokens || tokens[i] != i32(params.mask)) { return; }
  let mine = confidence[i];
  var rank = 0u;
  for (var j = 0u; j < params.tokens; j++) {
    rank += u32(confidence[j] < mine || (confidence[j] == mine && j < i));
  }
  if (rank >= schedule[step_index[0]].masked_after) { tokens[i] = candidates[i]; }
}
