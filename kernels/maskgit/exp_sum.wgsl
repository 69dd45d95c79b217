// A sum of exponentials over the codes, which the threads of a workgroup share. It is kept relative to its largest exponent, so that
// none overflows: exp_sum.sum = Σ exp(x - exp_sum.largest). From argmax (common): LANES, LOWEST.

struct ExpSum {
  largest: f32,
  sum: f32,
}

var<workgroup> lane_exp_sum: array<ExpSum, LANES>;

fn add_exp(s: ptr<function, ExpSum>, x: f32) {
  if (x > (*s).largest) {
    (*s).sum *= exp(max((*s).largest, -1e30) - x);
    (*s).largest = x;
  }
  (*s).sum += exp(x - (*s).largest);
}

// The sum over all threads, after a barrier.
fn total_exp_sum(codes: u32) -> ExpSum {
  var total = ExpSum(LOWEST, 0.0);
  for (var j = 0u; j < LANES; j++) { total.largest = max(total.largest, lane_exp_sum[j].largest); }
  for (var j = 0u; j < min(LANES, codes); j++) {
    total.sum += lane_exp_sum[j].sum * exp(lane_exp_sum[j].largest - total.largest);
  }
  return total;
}
