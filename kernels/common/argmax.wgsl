// The argmax over the threads of a workgroup: each stores its best score and that score's code. Of equal scores the lowest code wins.

const LANES = 64u;
const LOWEST = -3.4e38;

var<workgroup> lane_score: array<f32, LANES>;
var<workgroup> lane_code: array<u32, LANES>;

// The thread with the best score, after a barrier.
fn best_lane() -> u32 {
  var best = 0u;
  for (var i = 1u; i < LANES; i++) {
    let is_equal = lane_score[i] == lane_score[best];
    if (lane_score[i] > lane_score[best] || (is_equal && lane_code[i] < lane_code[best])) { best = i; }
  }
  return best;
}
