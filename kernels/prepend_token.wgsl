// y[b] = token, then the S tokens of x[b]: the latent action model's action token before the patches of every frame.
// Grid: one thread a channel (x), one row of y (y).

override rows: u32; // blocks · (S + 1)
override tokens: u32; // S
override width: u32; // D

@group(0) @binding(0) var<storage, read> x: array<elem>; // [blocks, S, D]
@group(0) @binding(1) var<storage, read> token: array<f32>; // [D]
@group(0) @binding(2) var<storage, read_write> y: array<elem>; // [blocks, S + 1, D]

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u) {
  let row = id.y + id.z * 32768u;
  if (id.x >= width || row >= rows) { return; }
  let block = row / (tokens + 1u);
  let s = row % (tokens + 1u);
  if (s == 0u) {
    y[row * width + id.x] = elem(token[id.x]);
  } else {
    y[row * width + id.x] = x[(block * tokens + s - 1u) * width + id.x];
  }
}
