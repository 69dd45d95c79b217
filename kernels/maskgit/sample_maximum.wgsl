// Every masked position draws candidate = argmax_k(s_k + gumbel(k)), ties to the lowest k, with s = logits / temperature; at temperature
// 0 without noise and s = logits. Its confidence is log max softmax(s), whatever is drawn. Unmasked positions get their own token and
// the largest confidence. Position i is patch i mod P of frame `frame` + i / P.
// From random, argmax (common), exp_sum and decoding: pcg, gumbel, accurate_log; LANES, LOWEST, lane_score, lane_code, best_lane; ExpSum; Step.
// Grid: one workgroup per position (x), whose threads share the codes.

struct Params {
  codes: u32, // K
  patches: u32, // P
}

const UNMASKED = 3.4e38;

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> logits: array<elem>; // [positions, K]
@group(0) @binding(2) var<storage, read> tokens: array<i32>; // [positions], K = masked
@group(0) @binding(3) var<storage, read> frame_info: array<u32>; // [0] = frame, [1] = seed
@group(0) @binding(4) var<storage, read> schedule: array<Step>; // [steps]
@group(0) @binding(5) var<storage, read> step_index: array<u32>; // [1]
@group(0) @binding(6) var<storage, read_write> candidates: array<i32>; // [positions]
@group(0) @binding(7) var<storage, read_write> confidence: array<f32>; // [positions]


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
  let temperature = schedule[step_index[0]].temperature;
  let frame_bits = pcg(pcg(frame_info[1]) ^ (frame_info[0] + i / params.patches));
  let position_bits = pcg(pcg(frame_bits ^ step_index[0]) ^ (i % params.patches));

  var best = LOWEST;
  var code = min(lane, params.codes - 1u); // never out of range, even if all logits are NaN
  var sum = ExpSum(LOWEST, 0.0);
  for (var k = lane; k < params.codes; k += LANES) {
    var s = f32(logits[i * params.codes + k]);
    var score = s;
    if (temperature > 0.0) {
      s /= temperature;
      score = s + gumbel(pcg(position_bits ^ k));
    }
    if (score > best) {
      best = score;
      code = k;
    }
    add_exp(&sum, s);
  }
  lane_score[lane] = best;
  lane_code[lane] = code;
  lane_exp_sum[lane] = sum;
  workgroupBarrier();
  if (lane > 0u) { return; }

  let total = total_exp_sum(params.codes);
  candidates[i] = i32(lane_code[best_lane()]);
  confidence[i] = -accurate_log(total.sum);
}
