// The gradient norm of every group of tensors, and the scale that clips it: min(1, max_norm / (norm + 1e-6)). The first step with a norm
// that is not finite is recorded, and from then on every scale is -1, so that AdamW changes nothing. NaN is detected by its
// bits, because a compiler may assume that there is none.
// Grid: one workgroup, whose threads share the partial sums.

const LANES = 64u;

struct Params {
  partials: u32,
  groups: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> partials: array<f32>; // [partials]
@group(0) @binding(2) var<storage, read> group_of: array<u32>; // [partials]
@group(0) @binding(3) var<storage, read> max_norms: array<f32>; // [groups]
@group(0) @binding(4) var<storage, read> settings: array<f32>; // [4] = the step, from 1
@group(0) @binding(5) var<storage, read_write> scales: array<f32>; // [groups]
@group(0) @binding(6) var<storage, read_write> norms: array<f32>; // [groups]
@group(0) @binding(7) var<storage, read_write> nonfinite_step: array<u32>; // [1]

var<workgroup> sums: array<f32, LANES>;

@compute @workgroup_size(LANES)
fn main(@builtin(local_invocation_index) lane: u32) {
  for (var group = 0u; group < params.groups; group++) {
    var sum = 0.0;
    for (var i = lane; i < params.partials; i += LANES) {
      if (group_of[i] == group) { sum += partials[i]; }
    }
    sums[lane] = sum;
    workgroupBarrier();
    if (lane == 0u) {
      for (var i = 1u; i < LANES; i++) { sum += sums[i]; }
      if ((bitcast<u32>(sum) & 0x7f800000u) == 0x7f800000u && nonfinite_step[0] == 0u) { nonfinite_step[0] = u32(settings[4]); }
      norms[group] = sqrt(sum);
      scales[group] = min(1.0, max_norms[group] / (norms[group] + 1e-6));
    }
    workgroupBarrier();
  }
  if (lane > 0u || nonfinite_step[0] == 0u) { return; }
  for (var group = 0u; group < params.groups; group++) { scales[group] = -1.0; }
}
