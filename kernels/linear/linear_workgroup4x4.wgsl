// linear, tiled in workgroup memory, for real GPUs, where that is fast. The workgroup loads 64 rows of x and 64 columns of W, 16
// channels at a time, and reads each element 16 times.
// From linear_common, linear_vec4_common: bindings, initial_sum, product, store.
// Grid: a workgroup of 16 × 16 threads computes 64 outputs (x) × 64 rows (y), a thread 4 × 4.

const DEPTH = 4u; // vec4s of inner channels per round

var<workgroup> tile_x: array<vec4f, 256>; // [64 rows, DEPTH]
var<workgroup> tile_w: array<vec4f, 256>; // [4 · DEPTH channels, 16 columns of vec4]

@compute @workgroup_size(16, 16)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(local_invocation_id) local: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let outer4 = params.outer / 4u;
  let inner4 = params.inner / 4u;
  let row = group.y * 64u + 4u * local.y;
  let column = group.x * 16u + local.x;
  // The loads of this thread, clamped to the last row and column.
  let from_x = min(group.y * 64u + lane / DEPTH, params.rows - 1u) * inner4;
  let at_x = lane % DEPTH;
  let at_w = lane / 16u;
  let from_w = min(group.x * 16u + lane % 16u, outer4 - 1u);
  let start = initial_sum(min(column, outer4 - 1u));
  var a0 = start; var a1 = start; var a2 = start; var a3 = start;
  for (var i = 0u; i < inner4; i += DEPTH) {
    // Channels past the last are zero.
    tile_x[lane] = select(vec4f(), unpack4(x[from_x + min(i + at_x, inner4 - 1u)]), i + at_x < inner4);
    tile_w[lane] = unpack4(weight[min(4u * i + at_w, params.inner - 1u) * outer4 + from_w]);
    workgroupBarrier();
    for (var k = 0u; k < DEPTH; k++) {
      let w0 = tile_w[(4u * k) * 16u + local.x];
      let w1 = tile_w[(4u * k + 1u) * 16u + local.x];
      let w2 = tile_w[(4u * k + 2u) * 16u + local.x];
      let w3 = tile_w[(4u * k + 3u) * 16u + local.x];
      let at = 4u * local.y * DEPTH + k;
      a0 = product(tile_x[at], w0, w1, w2, w3, a0);
      a1 = product(tile_x[at + DEPTH], w0, w1, w2, w3, a1);
      a2 = product(tile_x[at + 2u * DEPTH], w0, w1, w2, w3, a2);
      a3 = product(tile_x[at + 3u * DEPTH], w0, w1, w2, w3, a3);
    }
    workgroupBarrier();
  }
  store(a0, row, column);
  store(a1, row + 1u, column);
  store(a2, row + 2u, column);
  store(a3, row + 3u, column);
}
