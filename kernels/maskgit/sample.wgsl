// MaskGIT sampling, model.md §5: every masked position i draws candidate = argmax_k(logits[k] / temperature + gumbel(k)), ties to the
// lowest k, with confidence = log_softmax(logits)[candidate] + choice_noise · gumbel(K). Positions that are known get the
// candidate they have and the largest confidence. With two branches the logits are guided: null + g · (with - null).
// Grid: one workgroup a position; its lanes share the codes.

struct Params {
  tokens: u32, // S
  codes: u32, // K
  branches: u32,
}

const LANES = 64u;
const KNOWN = 3.4e38;

struct Step {
  temperature: f32,
  choice_noise: f32, // choice_temperature · (1 - (s+1)/n)
  guidance: f32,
  masked_after: u32, // how many positions stay masked
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> logits: array<elem>; // [branches, S, K]
@group(0) @binding(2) var<storage, read> tokens: array<i32>; // [S], K = masked
@group(0) @binding(3) var<storage, read> frame_info: array<u32>; // [0] = frame, [1] = seed
@group(0) @binding(4) var<storage, read> schedule: array<Step>; // [steps]
@group(0) @binding(5) var<storage, read> step_index: array<u32>; // [0] = the step
@group(0) @binding(6) var<storage, read_write> candidates: array<i32>; // [S]
@group(0) @binding(7) var<storage, read_write> confidence: array<f32>; // [S]

var<workgroup> lane_score: array<f32, LANES>;
var<workgroup> lane_code: array<u32, LANES>;
var<workgroup> lane_logit: array<f32, LANES>;
var<workgroup> lane_max: array<f32, LANES>;
var<workgroup> lane_sum: array<f32, LANES>;

fn pcg(v: u32) -> u32 {
  let s = v * 747796405u + 2891336453u;
  let w = ((s >> ((s >> 28u) + 4u)) ^ s) * 277803737u;
  return (w >> 22u) ^ w;
}

// log(x) to the last digits or two, the same on every adapter: WGSL's own may be 2⁻²¹ off near 1. x = m · 2^e with m in
// [√½, √2); log m = 2 artanh((m - 1) / (m + 1)) by its series, whose terms fall by 0.03 or faster.
fn accurate_log(x: f32) -> f32 {
  let bits = bitcast<u32>(x);
  let shifted = bits - 0x3f3504f3u;
  let exponent = f32(bitcast<i32>(shifted) >> 23u);
  let m = bitcast<f32>((shifted & 0x7fffffu) + 0x3f3504f3u);
  return fma(exponent, 0.6931471805599453, 2.0 * artanh((m - 1.0) / (m + 1.0)));
}

// For |z| up to 1/3.
fn artanh(z: f32) -> f32 {
  let q = z * z;
  var p = fma(q, 1.0 / 15.0, 1.0 / 13.0);
  p = fma(q, p, 1.0 / 11.0);
  p = fma(q, p, 1.0 / 9.0);
  p = fma(q, p, 1.0 / 7.0);
  p = fma(q, p, 1.0 / 5.0);
  p = fma(q, p, 1.0 / 3.0);
  return fma(z * q, p, z);
}

// -log(-log(1 - v)) with v = (bits >> 9)·2⁻²³ + 2⁻²⁴; for small v, 1 - v has no digits of v left, hence log1p: 2 artanh(v / (2 - v)).
fn gumbel(bits: u32) -> f32 {
  let v = fma(f32(bits >> 9u), 1.1920928955078125e-7, 5.9604644775390625e-8);
  var exponential = 2.0 * artanh(v / (2.0 - v));
  if (v > 0.5) { exponential = -accurate_log(1.0 - v); }
  return -accurate_log(exponential);
}

@compute @workgroup_size(LANES)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
  let i = group.x;
  if (tokens[i] != i32(params.codes)) {
    if (lane == 0u) {
      candidates[i] = tokens[i];
      confidence[i] = KNOWN;
    }
    return;
  }
  let step = schedule[step_index[0]];
  let position_bits = pcg(pcg(pcg(pcg(frame_info[1]) ^ frame_info[0]) ^ step_index[0]) ^ i);

  var best = -3.4e38;
  var code = min(lane, params.codes - 1u); // scores of NaN or -infinity draw a code all the same
  var code_logit = 0.0;
  var largest = -3.4e38;
  var sum = 0.0;
  for (var k = lane; k < params.codes; k += LANES) {
    var logit = f32(logits[i * params.codes + k]);
    if (params.branches == 2u) {
      let without = f32(logits[(params.tokens + i) * params.codes + k]);
      logit = fma(step.guidance, logit - without, without);
    }
    var score = logit;
    if (step.temperature > 0.0) { score = logit / step.temperature + gumbel(pcg(position_bits ^ k)); }
    if (score > best) {
      best = score;
      code = k;
      code_logit = logit;
    }
    if (logit > largest) {
      sum *= exp(max(largest, -1e30) - logit);
      largest = logit;
    }
    sum += exp(logit - largest);
  }
  lane_score[lane] = best;
  lane_code[lane] = code;
  lane_logit[lane] = code_logit;
  lane_max[lane] = largest;
  lane_sum[lane] = sum;
  workgroupBarrier();
  if (lane > 0u) { return; }

  for (var j = 1u; j < LANES; j++) {
    if (lane_score[j] > best || (lane_score[j] == best && lane_code[j] < code)) {
      best = lane_score[j];
      code = lane_code[j];
      code_logit = lane_logit[j];
    }
    largest = max(largest, lane_max[j]);
  }
  var total = 0.0;
  for (var j = 0u; j < min(LANES, params.codes); j++) { total += lane_sum[j] * exp(lane_max[j] - largest); }
  candidates[i] = i32(code);
  confidence[i] = code_logit - largest - accurate_log(total) + step.choice_noise * gumbel(pcg(position_bits ^ params.codes));
}
