// dtable[k] = Σ of the rows of dx whose index is k: the gradient of a table. One thread per sum, no atomics. An index belongs to
// `group` consecutive rows: an action to all tokens of its frame. With N codebooks, N indices belong to the same rows.
// Grid: one thread per four channels (x) and row k (y).

struct Params {
  group: u32,
  rows: u32, // of dtable
  width: u32,
  codebooks: u32, // N
  negative: u32, // whether dtable is -Σ
  accumulate: u32, // whether `accumulated` is added
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> heads: array<i32>; // [rows], of embedding_backward_lists.wgsl
@group(0) @binding(2) var<storage, read> next: array<i32>; // [indices · N]
@group(0) @binding(3) var<storage, read> dx: array<f32>; // [indices · group, width]
@group(0) @binding(4) var<storage, read> accumulated: array<f32>; // [rows, width]
@group(0) @binding(5) var<storage, read_write> dtable: array<f32>; // [rows, width]

@compute @workgroup_size(16)
fn main(@builtin(global_invocation_id) id: vec3u) {
  let row = row_index(id);
  let channels = 4u * id.x + vec4u(0u, 1u, 2u, 3u);
  if (channels.x >= params.width || row >= params.rows) { return; }
  // Reads past the last channel are clamped to it, and its sum is not stored.
  let near = min(channels, vec4u(params.width - 1u));
  var sum = vec4f();
  for (var i = heads[row]; i >= 0; i = next[i]) {
    for (var j = 0u; j < params.group; j++) {
      let at = (u32(i) / params.codebooks * params.group + j) * params.width + near;
      sum += vec4f(dx[at.x], dx[at.y], dx[at.z], dx[at.w]);
    }
  }
  if (params.negative != 0u) { sum = -sum; }
  for (var c = 0u; c < min(4u, params.width - channels.x); c++) {
    let at = row * params.width + channels.x + c;
    dtable[at] = sum[c] + select(0.0, accumulated[at], params.accumulate != 0u);
  }
}
