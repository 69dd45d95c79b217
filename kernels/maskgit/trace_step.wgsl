// After remask, for the step that it ended: trace[step, i] = the token of position i (with N codebooks, the first; K = still masked) and the
// confidence of its candidate, 32 bits each.
// Grid: one thread per position (x).

struct Params {
  positions: u32, // S
  codebooks: u32, // N
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> tokens: array<i32>; // [S, N]
@group(0) @binding(2) var<storage, read> confidence: array<f32>; // [S]
@group(0) @binding(3) var<storage, read> step_index: array<u32>; // [1]
@group(0) @binding(4) var<storage, read_write> trace: array<vec2u>; // [steps, S]

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u) {
  let i = id.x;
  if (i >= params.positions) { return; }
  trace[(step_index[0] - 1u) * params.positions + i] = vec2u(bitcast<u32>(tokens[i * params.codebooks]), bitcast<u32>(confidence[i]));
}
