// Draws a frame onto a colour attachment of any size, nearest pixel, with one triangle that covers it. A render pipeline, unlike the
// other kernels: it can write any canvas format.

override height: u32;
override width: u32;

@group(0) @binding(0) var<storage, read> pixels: array<f32>; // [height, width, 3] in 0 … 1

struct Corner {
  @builtin(position) position: vec4f,
  @location(0) at: vec2f, // 0 … 1, from the top left
}

@vertex
fn corner(@builtin(vertex_index) i: u32) -> Corner {
  let at = vec2f(f32((i << 1u) & 2u), f32(i & 2u));
  return Corner(vec4f(2.0 * at.x - 1.0, 1.0 - 2.0 * at.y, 0.0, 1.0), at);
}

@fragment
fn colour(in: Corner) -> @location(0) vec4f {
  let x = min(u32(in.at.x * f32(width)), width - 1u);
  let y = min(u32(in.at.y * f32(height)), height - 1u);
  let i = 3u * (y * width + x);
  return vec4f(pixels[i], pixels[i + 1u], pixels[i + 2u], 1.0);
}
