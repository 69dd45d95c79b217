// Shared by the quad variants of attention, forward and backward: four threads exchange what each of them has loaded.

// The vec4s of the quad's four threads, as columns.
fn quad_matrix(v: vec4f) -> mat4x4f {
  return mat4x4f(quadBroadcast(v, 0u), quadBroadcast(v, 1u), quadBroadcast(v, 2u), quadBroadcast(v, 3u));
}

// Scores of the four tokens from `first` on, with those past the last token masked.
fn mask_past_end(scores: vec4f, first: u32) -> vec4f {
  return select(vec4f(-1e30), scores, vec4u(first) + vec4u(0u, 1u, 2u, 3u) < vec4u(params.positions));
}
