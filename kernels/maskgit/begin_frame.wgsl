// Masks all S positions of the frame (id K in all N places) and sets the step to 0. masked_count is S before step 0, and 0 for later
// steps, which remask counts up.
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

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u) {
  if (id.x < params.tokens) { tokens[id.x] = i32(params.mask); }
  if (id.x < params.counts) { masked_count[id.x] = select(0u, params.positions, id.x == 0u); }
  if (id.x == 0u) { step_index[0] = 0u; }
}
