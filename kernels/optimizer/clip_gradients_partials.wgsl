// partials[first + n] = Σ gradient² over the n-th elements_per_partial elements of a tensor: its part of the squared norm. After a step
// that was not finite the partials stay as they are, to show which tensor it was.
// Grid: one workgroup per partial sum (x), whose threads share its elements.

override elements_per_partial: u32;

const LANES = 64u;

struct Params {
  length: u32,
  first: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> gradient: array<f32>; // [length]
@group(0) @binding(2) var<storage, read> nonfinite_step: array<u32>; // [1], 0 while all steps are finite
@group(0) @binding(3) var<storage, read_write> partials: array<f32>;

var<workgroup> sums: array<f32, LANES>;

@compute @workgroup_size(LANES)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
  var sum = 0.0;
  let end = min((group.x + 1u) * elements_per_partial, params.length);
  for (var i = group.x * elements_per_partial + lane; i < end; i += LANES) { sum = fma(gradient[i], gradient[i], sum); }
  sums[lane] = sum;
  workgroupBarrier();
  if (lane > 0u || nonfinite_step[0] != 0u) { return; }
  for (var i = 1u; i < LANES; i++) { sum += sums[i]; }
  partials[params.first + group.x] = sum;
}
