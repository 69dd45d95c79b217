// linear, tiled in workgroup memory: linear_workgroup4x4.wgsl with 8 × 8 outputs per thread, so that each read of workgroup memory
// serves twice as many products. Each round prefetches what the next one needs. For the large products of a real GPU.
// From linear_common, linear_vec4_common: bindings, initial_sum, store.
// Grid: a workgroup of 16 × 16 threads computes 128 outputs (x) × 128 rows (y).

var<workgroup> tile_x: array<vec4f, 512>; // [16 channels, 32 times four rows]
var<workgroup> tile_w: array<vec4f, 512>; // [16 channels, 32 columns of vec4]

@compute @workgroup_size(16, 16)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(local_invocation_id) local: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let outer4 = params.outer / 4u;
  let left = group.x * 32u + local.x;
  let right = left + 16u;
  let start_a = initial_sum(min(left, outer4 - 1u));
  let start_b = initial_sum(min(right, outer4 - 1u));
  var a0 = start_a; var a1 = start_a; var a2 = start_a; var a3 = start_a;
  var a4 = start_a; var a5 = start_a; var a6 = start_a; var a7 = start_a;
  var b0 = start_b; var b1 = start_b; var b2 = start_b; var b3 = start_b;
  var b4 = start_b; var b5 = start_b; var b6 = start_b; var b7 = start_b;
  var next = prefetch(group, lane, 0u);
  for (var i = 0u; i < params.inner; i += 16u) {
    workgroupBarrier();
    if (lane < 128u) {
      let four_rows = transpose(next);
      for (var k = 0u; k < 4u; k++) { tile_x[(4u * (lane % 4u) + k) * 32u + lane / 4u] = four_rows[k]; }
    } else {
      for (var n = 0u; n < 4u; n++) { tile_w[(lane - 128u) / 8u * 32u + lane % 8u + 8u * n] = next[n]; }
    }
    workgroupBarrier();
    next = prefetch(group, lane, i + 16u);
    for (var k = 0u; k < 16u; k++) {
      let upper = tile_x[k * 32u + local.y];
      let lower = tile_x[k * 32u + 16u + local.y];
      let w = tile_w[k * 32u + local.x];
      let v = tile_w[k * 32u + 16u + local.x];
      a0 = fma(vec4f(upper.x), w, a0); b0 = fma(vec4f(upper.x), v, b0);
      a1 = fma(vec4f(upper.y), w, a1); b1 = fma(vec4f(upper.y), v, b1);
      a2 = fma(vec4f(upper.z), w, a2); b2 = fma(vec4f(upper.z), v, b2);
      a3 = fma(vec4f(upper.w), w, a3); b3 = fma(vec4f(upper.w), v, b3);
      a4 = fma(vec4f(lower.x), w, a4); b4 = fma(vec4f(lower.x), v, b4);
      a5 = fma(vec4f(lower.y), w, a5); b5 = fma(vec4f(lower.y), v, b5);
      a6 = fma(vec4f(lower.z), w, a6); b6 = fma(vec4f(lower.z), v, b6);
      a7 = fma(vec4f(lower.w), w, a7); b7 = fma(vec4f(lower.w), v, b7);
    }
  }
  let row = group.y * 128u + 4u * local.y;
  for (var n = 0u; n < 8u; n++) {
    let r = row + n % 4u + 64u * (n / 4u);
    store(a0, r, left);
    store(b0, r, right);
    a0 = a1; a1 = a2; a2 = a3; a3 = a4; a4 = a5; a5 = a6; a6 = a7;
    b0 = b1; b1 = b2; b2 = b3; b3 = b4; b4 = b5; b5 = b6; b6 = b7;
  }
}

// The loads of a thread for the round whose first channel is `channel`. The first 128 threads load four rows of x by four channels,
// the others four columns of vec4 of one row of W. Reads past the last row and column are clamped to them; channels past the last
// are zero.
fn prefetch(group: vec3u, lane: u32, channel: u32) -> mat4x4f {
  var four: mat4x4f;
  if (lane < 128u) {
    let inner4 = params.inner / 4u;
    let at = channel / 4u + lane % 4u;
    let row = group.y * 128u + lane / 4u * 4u;
    for (var n = 0u; n < 4u; n++) {
      let loaded = unpack4(x[min(row + n, params.rows - 1u) * inner4 + min(at, inner4 - 1u)]);
      four[n] = select(vec4f(), loaded, at < inner4);
    }
  } else {
    let outer4 = params.outer / 4u;
    let row = min(channel + (lane - 128u) / 8u, params.inner - 1u) * outer4;
    let column = group.x * 32u + lane % 8u;
    for (var n = 0u; n < 4u; n++) { four[n] = unpack4(weight[row + min(column + 8u * n, outer4 - 1u)]); }
  }
  return four;
}
