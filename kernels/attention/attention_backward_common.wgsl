// What both ways back through attention share, queries and keys: sizes, operands, statistics. This text comes before theirs.

override head_width: u32; // d

const CHUNK = 16u;

struct Params {
  blocks: u32, // frames of all clips
  tokens: u32, // S
  heads: u32,
  window: u32, // W; 1 for spatial attention
  clip: u32, // frames a clip
  full: u32, // whether a token sees all tokens of a frame
  has_bias: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> queries: array<vec4f>; // [blocks, S, heads, padded d]
@group(0) @binding(2) var<storage, read> keys: array<vec4f>; // the same
@group(0) @binding(3) var<storage, read> values: array<vec4f>; // the same
@group(0) @binding(4) var<storage, read> douts: array<vec4f>; // the same
@group(0) @binding(5) var<storage, read> bias: array<f32>; // [heads, W]
@group(0) @binding(6) var<storage, read> statistics: array<vec2f>; // [blocks, S, heads] log sum, delta
