// The reconstruction loss: the mean of weight · (sigmoid(logit) - x)² over the cropped frames, and its gradient. Values in the padding
// have no loss and no gradient. Without the sigmoid the values are colours, which may leave 0 … 1. errors = each patch's share of that
// mean, and of the mean without weights.
// From patch_geometry (common): patches_per_frame, pixel_position.
// Grid: one workgroup per patch (rowGrid), whose threads share its values.

struct Params {
  height: u32,
  width: u32,
  patch_size: u32,
  rows: u32, // frames · patches per frame
  term: u32, // this loss's index in `loss_weights`
  are_logits: u32, // 0: the values are colours
}

const LANES = 64u;

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> logits: array<f32>; // [rows, 3p²]
@group(0) @binding(2) var<storage, read> frames: array<u32>; // [F, height, width] RGBA8, red in the low byte
@group(0) @binding(3) var<storage, read> weights: array<f32>; // [F, height, width]
@group(0) @binding(4) var<storage, read> loss_weights: array<f32>; // by loss term
@group(0) @binding(5) var<storage, read_write> dlogits: array<f32>; // [rows, 3p²]
@group(0) @binding(6) var<storage, read_write> errors: array<vec2f>; // [rows]

var<workgroup> sums: array<vec2f, LANES>;

@compute @workgroup_size(LANES)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
  let row = workgroup_index(group);
  if (row >= params.rows) { return; }
  let values = 3u * params.patch_size * params.patch_size;
  let frame = row / patches_per_frame();
  let count = f32(params.rows / patches_per_frame()) * f32(3u * params.height * params.width);
  var sum = vec2f();
  for (var i = lane; i < values; i += LANES) {
    let at = pixel_position(row % patches_per_frame(), i / 3u);
    var d = 0.0;
    if (at.y < params.height && at.x < params.width) {
      let pixel = (frame * params.height + at.y) * params.width + at.x;
      var v = logits[row * values + i];
      if (params.are_logits != 0u) { v = 1.0 / (1.0 + exp(-clamp(v, -80.0, 80.0))); }
      let error = v - f32((frames[pixel] >> (8u * (i % 3u))) & 255u) / 255.0;
      sum += vec2f(weights[pixel], 1.0) * error * error / count;
      d = loss_weights[params.term] * weights[pixel] * 2.0 * error;
      if (params.are_logits != 0u) { d = d * v * (1.0 - v); }
      d /= count;
    }
    dlogits[row * values + i] = d;
  }
  sums[lane] = sum;
  workgroupBarrier();
  if (lane > 0u) { return; }
  for (var i = 1u; i < LANES; i++) { sum += sums[i]; }
  errors[row] = sum;
}
