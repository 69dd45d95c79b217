// Of every group of tensors the norm of its gradients, and the scale that keeps it to its limit: min(1, limit / (norm + 1e-6)).
// A norm that is not finite breaks the step: its number is kept, and from then on every scale is -1, which lets nothing into the
// weights. NaN is told by its bits, as a compiler may take it that there are none. Grid: one workgroup, whose lanes share the squares.

const LANES = 64u;

struct Params {
  shares: u32,
  groups: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> squares: array<f32>; // [shares]
@group(0) @binding(2) var<storage, read> group_of: array<u32>; // [shares]
@group(0) @binding(3) var<storage, read> limits: array<f32>; // [groups]
@group(0) @binding(4) var<storage, read> settings: array<f32>; // [4] = the number of the step, from 1
@group(0) @binding(5) var<storage, read_write> scales: array<f32>; // [groups]
@group(0) @binding(6) var<storage, read_write> norms: array<f32>; // [groups]
@group(0) @binding(7) var<storage, read_write> broken: array<u32>; // [1]

var<workgroup> sums: array<f32, LANES>;

@compute @workgroup_size(LANES)
fn main(@builtin(local_invocation_index) lane: u32) {
  for (var group = 0u; group < params.groups; group++) {
    var sum = 0.0;
    for (var i = lane; i < params.shares; i += LANES) {
      if (group_of[i] == group) { sum += squares[i]; }
    }
    sums[lane] = sum;
    workgroupBarrier();
    if (lane == 0u) {
      for (var i = 1u; i < LANES; i++) { sum += sums[i]; }
      if ((bitcast<u32>(sum) & 0x7f800000u) == 0x7f800000u && broken[0] == 0u) { broken[0] = u32(settings[4]); }
      norms[group] = sqrt(sum);
      scales[group] = min(1.0, limits[group] / (norms[group] + 1e-6));
    }
    workgroupBarrier();
  }
  if (lane > 0u || broken[0] == 0u) { return; }
  for (var group = 0u; group < params.groups; group++) { scales[group] = -1.0; }
}
