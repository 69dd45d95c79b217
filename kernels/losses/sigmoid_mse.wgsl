// The loss of pixels: mean of weight · (sigmoid(logit) - x)² over the cropped frames, and its gradient. The last value of a patch
// may lie in the padding, which counts for nothing. errors = shares of that mean, and of the mean without weights.
// Grid: one workgroup a patch; its lanes share the values.

struct Params {
  height: u32,
  width: u32,
  patch_size: u32,
  rows: u32, // frames · patches a frame
  term: u32, // where in `terms` this loss has its weight
}

const LANES = 64u;

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> logits: array<f32>; // [rows, 3p²]
@group(0) @binding(2) var<storage, read> frames: array<u32>; // [F, height, width] RGBA8, red in the low byte
@group(0) @binding(3) var<storage, read> weights: array<f32>; // [F, height, width]
@group(0) @binding(4) var<storage, read> terms: array<f32>;
@group(0) @binding(5) var<storage, read_write> dlogits: array<f32>; // [rows, 3p²]
@group(0) @binding(6) var<storage, read_write> errors: array<vec2f>; // [rows]

var<workgroup> sums: array<vec2f, LANES>;

@compute @workgroup_size(LANES)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
  let row = group.x + group.y * 32768u;
  if (row >= params.rows) { return; }
  let values = 3u * params.patch_size * params.patch_size;
  let across = (params.width + params.patch_size - 1u) / params.patch_size;
  let down = (params.height + params.patch_size - 1u) / params.patch_size;
  let frame = row / (across * down);
  let s = row % (across * down);
  let count = f32(params.rows / (across * down)) * f32(3u * params.height * params.width);
  var sum = vec2f();
  for (var i = lane; i < values; i += LANES) {
    let pixel = i / 3u;
    let y = (s / across) * params.patch_size + pixel / params.patch_size;
    let x = (s % across) * params.patch_size + pixel % params.patch_size;
    var d = 0.0;
    if (y < params.height && x < params.width) {
      let at = (frame * params.height + y) * params.width + x;
      let v = 1.0 / (1.0 + exp(-clamp(logits[row * values + i], -80.0, 80.0)));
      let error = v - f32((frames[at] >> (8u * (i % 3u))) & 255u) / 255.0;
      sum += vec2f(weights[at], 1.0) * error * error / count;
      d = terms[params.term] * weights[at] * 2.0 * error * v * (1.0 - v) / count;
    }
    dlogits[row * values + i] = d;
  }
  sums[lane] = sum;
  workgroupBarrier();
  if (lane > 0u) { return; }
  for (var i = 1u; i < LANES; i++) { sum += sums[i]; }
  errors[row] = sum;
}
