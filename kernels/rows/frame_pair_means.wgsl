// y[t] = (mean over s of x[t, s], mean over s of x[t+1, s]): two consecutive frames, each as the mean of its tokens.
// Grid: one thread per channel of a mean (x), pair (y).

struct Params {
  pairs: u32, // frames - 1
  positions: u32, // S
  width: u32, // D
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<elem>; // [frames, S, D]
@group(0) @binding(2) var<storage, read_write> y: array<elem>; // [pairs, 2D]

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u) {
  let pair = row_index(id);
  if (id.x >= 2u * params.width || pair >= params.pairs) { return; }
  let frame = pair + id.x / params.width;
  var sum = 0.0;
  for (var s = 0u; s < params.positions; s++) { sum += f32(x[(frame * params.positions + s) * params.width + id.x % params.width]); }
  y[pair * 2u * params.width + id.x] = elem(sum / f32(params.positions));
}
