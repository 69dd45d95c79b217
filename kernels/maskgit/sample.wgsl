// MaskGIT sampling, docs/model.md §5. Every masked position draws candidate = argmax_k(logits[k] / temperature + gumbel(k)), ties to the
// lowest k, with confidence = log_softmax(logits)[candidate] + choice_noise · gumbel(K), or CERTAIN if the log-probability reaches the
// threshold. Unmasked positions get their own token and the largest confidence. With two guidance passes, logits = null + g · (conditional - null).
// With N codebooks a dispatch samples one, `codebook_index`: its noise begins at the counter codebook_index · (K + 1). The confidence is that of the sum of
// all codebooks' log-probabilities, which each dispatch adds to.
// From random, argmax (common), exp_sum and decoding: pcg, gumbel, accurate_log; LANES, LOWEST, lane_score, lane_code, best_lane; ExpSum;
// Step, UNMASKED, CERTAIN.
// Grid: one workgroup per position (x), whose threads share the codes.

struct Params {
  positions: u32, // S
  codes: u32, // K
  guidance_passes: u32,
  codebooks: u32, // N
  codebook_index: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> logits: array<elem>; // [guidance passes, S, K]
@group(0) @binding(2) var<storage, read> tokens: array<i32>; // [S, N], K = masked
@group(0) @binding(3) var<storage, read> frame_info: array<u32>; // [0] = frame, [1] = seed
@group(0) @binding(4) var<storage, read> schedule: array<Step>; // [steps]
@group(0) @binding(5) var<storage, read> step_index: array<u32>; // [1]
@group(0) @binding(6) var<storage, read_write> candidates: array<i32>; // [S, N]
@group(0) @binding(7) var<storage, read_write> confidence: array<f32>; // [S]

var<workgroup> lane_logit: array<f32, LANES>; // of the thread's best code

@compute @workgroup_size(LANES)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
  let i = group.x;
  if (i >= params.positions) { return; }
  let at = i * params.codebooks + params.codebook_index;
  if (tokens[at] != i32(params.codes)) {
    if (lane == 0u) {
      candidates[at] = tokens[at];
      confidence[i] = UNMASKED;
    }
    return;
  }
  let step = schedule[step_index[0]];
  let position_bits = pcg(pcg(pcg(pcg(frame_info[1]) ^ frame_info[0]) ^ step_index[0]) ^ i);

  var best = LOWEST;
  var code = min(lane, params.codes - 1u); // never out of range, even if all logits are NaN
  var code_logit = 0.0;
  var sum = ExpSum(LOWEST, 0.0);
  for (var k = lane; k < params.codes; k += LANES) {
    var logit = f32(logits[i * params.codes + k]);
    if (params.guidance_passes == 2u) {
      let null_logit = f32(logits[(params.positions + i) * params.codes + k]);
      logit = fma(step.guidance, logit - null_logit, null_logit);
    }
    var score = logit;
    if (step.temperature > 0.0) { score = logit / step.temperature + gumbel(pcg(position_bits ^ (params.codebook_index * (params.codes + 1u) + k))); }
    if (score > best) {
      best = score;
      code = k;
      code_logit = logit;
    }
    add_exp(&sum, logit);
  }
  lane_score[lane] = best;
  lane_code[lane] = code;
  lane_logit[lane] = code_logit;
  lane_exp_sum[lane] = sum;
  workgroupBarrier();
  if (lane > 0u) { return; }

  let total = total_exp_sum(params.codes);
  let winner = best_lane();
  candidates[at] = i32(lane_code[winner]);
  var log_probability = lane_logit[winner] - total.largest - accurate_log(total.sum);
  if (params.codebook_index > 0u) { log_probability += confidence[i]; }
  if (params.codebook_index + 1u < params.codebooks) {
    confidence[i] = log_probability;
    return;
  }
  let noise = step.choice_noise * gumbel(pcg(position_bits ^ params.codes));
  confidence[i] = select(log_probability + noise, CERTAIN, log_probability >= step.log_threshold);
}
