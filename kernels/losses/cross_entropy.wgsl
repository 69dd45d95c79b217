// Cross-entropy: weight · (log Σ exp(logits) - logit of the target) of each row, and its gradient, weight · (softmax - target). Skips
// rows with weight 0: unmasked tokens and transitions without a target. losses = each row's loss, and its weight where the largest
// logit is the target's.
// Grid: one workgroup per row (rowGrid), whose threads share the logits.

struct Params {
  rows: u32,
  codes: u32, // K
  term: u32, // this loss's index in `loss_weights`
  codebooks: u32, // N
  codebook_index: u32, // whose targets these are
}

const LANES = 16u; // few, because a barrier costs SwiftShader more than the sums

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> logits: array<f32>; // [rows, K]
@group(0) @binding(2) var<storage, read> targets: array<i32>; // [rows, N]
@group(0) @binding(3) var<storage, read> weights: array<f32>; // [rows]
@group(0) @binding(4) var<storage, read> loss_weights: array<f32>; // by loss term
@group(0) @binding(5) var<storage, read_write> dlogits: array<f32>; // [rows, K]
@group(0) @binding(6) var<storage, read_write> losses: array<vec2f>; // [rows]

var<workgroup> largest: array<f32, LANES>;
var<workgroup> sums: array<f32, LANES>;

@compute @workgroup_size(LANES)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
  let row = workgroup_index(group);
  if (row >= params.rows) { return; }
  let from_row = row * params.codes;
  let weight = weights[row];
  if (weight == 0.0) {
    for (var k = lane; k < params.codes; k += LANES) { dlogits[from_row + k] = 0.0; }
    if (lane == 0u) { losses[row] = vec2f(); }
    return;
  }
  var most = -3.4e38;
  for (var k = lane; k < params.codes; k += LANES) { most = max(most, logits[from_row + k]); }
  largest[lane] = most;
  workgroupBarrier();
  for (var i = 0u; i < LANES; i++) { most = max(most, largest[i]); }
  var sum = 0.0;
  for (var k = lane; k < params.codes; k += LANES) { sum += exp(logits[from_row + k] - most); }
  sums[lane] = sum;
  workgroupBarrier();
  sum = 0.0;
  for (var i = 0u; i < LANES; i++) { sum += sums[i]; }
  let target_code = u32(targets[row * params.codebooks + params.codebook_index]);
  for (var k = lane; k < params.codes; k += LANES) {
    let probability = exp(logits[from_row + k] - most) / sum;
    dlogits[from_row + k] = loss_weights[params.term] * weight * (probability - select(0.0, 1.0, k == target_code));
  }
  if (lane == 0u) {
    let logit = logits[from_row + target_code];
    losses[row] = weight * vec2f(most + log(sum) - logit, select(0.0, 1.0, logit == most));
  }
}
