// Mean and 1/deviation of a row of x, by a workgroup, in f32: first the mean, then the variance of the differences, which is stable.

const LANES = 32u;

override epsilon: f32 = 1e-5;

var<workgroup> sums: array<f32, LANES>;
var<workgroup> squares: array<f32, LANES>;

// Every thread adds up the sums of all: one barrier instead of a tree's five, which are slow on a software adapter.
fn mean_and_scale(from_x: u32, lane: u32) -> vec2f {
  let width = f32(params.width);
  var sum = 0.0;
  for (var i = lane; i < params.width; i += LANES) { sum += f32(x[from_x + i]); }
  sums[lane] = sum;
  workgroupBarrier();
  var mean = 0.0;
  for (var i = 0u; i < LANES; i++) { mean += sums[i]; }
  mean /= width;

  var square = 0.0;
  for (var i = lane; i < params.width; i += LANES) {
    let d = f32(x[from_x + i]) - mean;
    square = fma(d, d, square);
  }
  squares[lane] = square;
  workgroupBarrier();
  var variance = 0.0;
  for (var i = 0u; i < LANES; i++) { variance += squares[i]; }
  return vec2f(mean, 1.0 / sqrt(variance / width + epsilon));
}
