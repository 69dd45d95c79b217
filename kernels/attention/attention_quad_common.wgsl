// What attention by quads shares, forwards and back: four lanes hand round what each has loaded. This text comes before the others.

// What four lanes have, as columns.
fn all_four(mine: elem4) -> mat4x4f {
  let v = unpack4(mine);
  return mat4x4f(quadBroadcast(v, 0u), quadBroadcast(v, 1u), quadBroadcast(v, 2u), quadBroadcast(v, 3u));
}

// Four tokens' scores from `first` on, of those that there are; others count for nothing.
fn existing(scores: vec4f, first: u32) -> vec4f {
  return select(vec4f(-1e30), scores, vec4u(first) + vec4u(0u, 1u, 2u, 3u) < vec4u(params.tokens));
}
