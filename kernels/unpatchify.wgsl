// Puts patches of logits together as pixels: pixels[f, y, x, c] = sigmoid(patches[f, s, (py·p + px)·3 + c]); the padding is cropped.
// Grid: one thread a value of a pixel row (x), one pixel row (y).

override height: u32;
override width: u32;
override patch_size: u32;
override frames: u32;

@group(0) @binding(0) var<storage, read> patches: array<elem>; // [F, S, 3p²]
@group(0) @binding(1) var<storage, read_write> pixels: array<f32>; // [F, height, width, 3] in 0 … 1

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u) {
  let across = (width + patch_size - 1u) / patch_size;
  let down = (height + patch_size - 1u) / patch_size;
  let x = id.x / 3u;
  let row = id.y + id.z * 32768u;
  let frame = row / height;
  let y = row % height;
  if (x >= width || frame >= frames) { return; }
  let s = (y / patch_size) * across + x / patch_size;
  let value = ((y % patch_size) * patch_size + x % patch_size) * 3u + id.x % 3u;
  let logit = f32(patches[(frame * across * down + s) * 3u * patch_size * patch_size + value]);
  pixels[(frame * height + y) * width * 3u + id.x] = 1.0 / (1.0 + exp(-clamp(logit, -80.0, 80.0)));
}
