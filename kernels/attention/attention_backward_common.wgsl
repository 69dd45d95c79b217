// Parameters and bindings of all kernels of attention's backward pass, and which tokens see one another. Spatial attention has a window
// of one frame, and all tokens.

struct Params {
  slices: u32, // frames of all clips
  positions: u32, // S
  heads: u32,
  window: u32, // W; 1 for spatial attention
  frames_per_clip: u32,
  all_tokens: u32, // 1: a token sees all tokens of a frame, 0: the one at its own position
  has_bias: u32,
  finished_frames: u32, // 0, or F: slices 0 … F-1 are finished frames, F … 2F-1 the same frames as they are decoded
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> queries: array<vec4f>; // [slices, S, heads, padded d]
@group(0) @binding(2) var<storage, read> keys: array<vec4f>; // the same
@group(0) @binding(3) var<storage, read> values: array<vec4f>; // the same
@group(0) @binding(4) var<storage, read> d_out: array<vec4f>; // the same
@group(0) @binding(5) var<storage, read> bias: array<f32>; // [heads, W]
@group(0) @binding(6) var<storage, read> lse_delta: array<vec2f>; // [slices, S, heads] log-sum-exp, delta

// The tokens of a frame that this token sees and is seen by: [first, end).
fn tokens_seen(token: u32) -> vec2u {
  return select(vec2u(token, token + 1u), vec2u(0u, params.positions), params.all_tokens != 0u);
}

fn bias_of_age(head: u32, age: u32) -> f32 {
  if (params.has_bias == 0u) { return 0.0; }
  return bias[head * params.window + age];
}
