// Every masked position draws candidate = argmax_k(s_k + choice_noise · gumbel(k)), ties to the lowest k, with s = logits / temperature.
// Its confidence is softmax(s)[candidate], or log max softmax(s). Unmasked positions get their own token and the largest confidence.
// Position i is patch i mod P of frame `frame` + i / P.
// From random, argmax (common), exp_sum and decoding: pcg, gumbel, accurate_log; LANES, LOWEST, lane_score, lane_code, best_lane; ExpSum;
// Step, UNMASKED.
// Grid: one workgroup per position (x), whose threads share the codes.

struct Params {
  codes: u32, // K
  patches: u32, // P
  of_candidate: u32, // whose probability the confidence is: the candidate's, else the largest's
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> logits: array<elem>; // [positions, K]
@group(0) @binding(2) var<storage, read> tokens: array<i32>; // [positions], K = masked
@group(0) @binding(3) var<storage, read> frame_info: array<u32>; // [0] = frame, [1] = seed
@group(0) @binding(4) var<storage, read> schedule: array<Step>; // [steps]
@group(0) @binding(5) var<storage, read> step_index: array<u32>; // [1]
@group(0) @binding(6) var<storage, read_write> candidates: array<i32>; // [positions]
@group(0) @binding(7) var<storage, read_write> confidence: array<f32>; // [positions]

var<workgroup> lane_scaled: array<f32, LANES>; // s of the thread's best code

@compute @workgroup_size(LANES)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
  let i = group.x;
  if (tokens[i] != i32(params.codes)) {
    if (lane == 0u) {
      candidates[i] = tokens[i];
      confidence[i] = UNMASKED;
    }
    return;
  }
  let step = schedule[step_index[0]];
  let frame_bits = pcg(pcg(frame_info[1]) ^ (frame_info[0] + i / params.patches));
  let position_bits = pcg(pcg(frame_bits ^ step_index[0]) ^ (i % params.patches));

  var best = LOWEST;
  var code = min(lane, params.codes - 1u); // never out of range, even if all logits are NaN
  var code_scaled = 0.0;
  var sum = ExpSum(LOWEST, 0.0);
  for (var k = lane; k < params.codes; k += LANES) {
    let s = f32(logits[i * params.codes + k]) / step.temperature;
    let score = fma(step.choice_noise, gumbel(pcg(position_bits ^ k)), s);
    if (score > best) {
      best = score;
      code = k;
      code_scaled = s;
    }
    add_exp(&sum, s);
  }
  lane_score[lane] = best;
  lane_code[lane] = code;
  lane_scaled[lane] = code_scaled;
  lane_exp_sum[lane] = sum;
  workgroupBarrier();
  if (lane > 0u) { return; }

  let total = total_exp_sum(params.codes);
  let winner = best_lane();
  candidates[i] = i32(lane_code[winner]);
  confidence[i] = select(
    -accurate_log(total.sum),
    exp(lane_scaled[winner] - total.largest) / total.sum,
    params.of_candidate != 0u,
  );
}
