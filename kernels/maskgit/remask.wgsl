// Of the masked positions, the `masked_after` least confident stay masked (of equal ones the lower index), but at least one is unmasked
// (docs/model.md §5). The others take all their candidates, as does any position of confidence CERTAIN. Counts the positions that stay masked, and adds 1 to step_index.
// Ranks are counted, not sorted: S comparisons per position.
// From decoding: Step, CERTAIN.
// Grid: one workgroup.

struct Params {
  positions: u32, // S
  mask: u32, // K
  codebooks: u32, // N
}

const LANES = 256u;

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> candidates: array<i32>; // [S, N]
@group(0) @binding(2) var<storage, read> confidence: array<f32>; // [S]
@group(0) @binding(3) var<storage, read> schedule: array<Step>; // [steps]
@group(0) @binding(4) var<storage, read_write> step_index: array<u32>; // [1]
@group(0) @binding(5) var<storage, read_write> tokens: array<i32>; // [S, N]
@group(0) @binding(6) var<storage, read_write> masked_count: array<atomic<u32>>; // [steps + 1]

@compute @workgroup_size(LANES)
fn main(@builtin(local_invocation_index) lane: u32) {
  let step = step_index[0];
  let stay = min(schedule[step].masked_after, atomicLoad(&masked_count[step]) - 1u);
  for (var i = lane; i < params.positions; i += LANES) {
    if (tokens[i * params.codebooks] != i32(params.mask)) { continue; }
    let mine = confidence[i];
    var rank = 0u;
    for (var j = 0u; j < params.positions; j++) {
      rank += u32(confidence[j] < mine || (confidence[j] == mine && j < i));
    }
    if (rank >= stay || mine == CERTAIN) {
      for (var at = i * params.codebooks; at < (i + 1u) * params.codebooks; at++) { tokens[at] = candidates[at]; }
    } else {
      atomicAdd(&masked_count[step + 1u], 1u);
    }
  }
  workgroupBarrier();
  if (lane == 0u && params.positions > 0u) { step_index[0] = step + 1u; }
}
