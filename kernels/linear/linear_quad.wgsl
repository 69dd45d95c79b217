// linear with subgroup quads, for software adapters, where a load from storage is the slowest operation and is made thread by thread.
// Each of four threads loads another row of x and broadcasts it to the quad, which quarters the loads of x; a load of W serves
// sixteen rows. No thread returns early, because every thread takes part in quadBroadcast, on the same rows.
// From linear_common, linear_vec4_common: bindings, initial_sum, store.
// Grid: a workgroup of 8 threads computes 64 outputs (x) × 16 rows (y).

@compute @workgroup_size(8)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(local_invocation_index) lane: u32,
  @builtin(subgroup_invocation_id) invocation: u32,
) {
  let outer4 = params.outer / 4u;
  let inner4 = params.inner / 4u;
  let left = group.x * 16u + lane;
  let right = left + 8u;
  let near = min(left, outer4 - 1u);
  let far = min(right, outer4 - 1u);
  let row = group.y * 16u;
  // Reads past the last row and column are clamped to them, and their outputs are not stored.
  let mine = row + (invocation & 3u);
  let last = params.rows - 1u;
  let from0 = min(mine, last) * inner4;
  let from1 = min(mine + 4u, last) * inner4;
  let from2 = min(mine + 8u, last) * inner4;
  let from3 = min(mine + 12u, last) * inner4;
  let start_a = initial_sum(near);
  let start_b = initial_sum(far);
  var a0 = start_a; var a1 = start_a; var a2 = start_a; var a3 = start_a;
  var a4 = start_a; var a5 = start_a; var a6 = start_a; var a7 = start_a;
  var a8 = start_a; var a9 = start_a; var a10 = start_a; var a11 = start_a;
  var a12 = start_a; var a13 = start_a; var a14 = start_a; var a15 = start_a;
  var b0 = start_b; var b1 = start_b; var b2 = start_b; var b3 = start_b;
  var b4 = start_b; var b5 = start_b; var b6 = start_b; var b7 = start_b;
  var b8 = start_b; var b9 = start_b; var b10 = start_b; var b11 = start_b;
  var b12 = start_b; var b13 = start_b; var b14 = start_b; var b15 = start_b;
  for (var i = 0u; i < inner4; i++) {
    let at = 4u * i * outer4;
    let w = weights(at + near, outer4);
    let v = weights(at + far, outer4);
    let rows0 = unpack4(x[from0 + i]);
    let rows1 = unpack4(x[from1 + i]);
    let rows2 = unpack4(x[from2 + i]);
    let rows3 = unpack4(x[from3 + i]);
    let x0 = quadBroadcast(rows0, 0u); a0 += w * x0; b0 += v * x0;
    let x1 = quadBroadcast(rows0, 1u); a1 += w * x1; b1 += v * x1;
    let x2 = quadBroadcast(rows0, 2u); a2 += w * x2; b2 += v * x2;
    let x3 = quadBroadcast(rows0, 3u); a3 += w * x3; b3 += v * x3;
    let x4 = quadBroadcast(rows1, 0u); a4 += w * x4; b4 += v * x4;
    let x5 = quadBroadcast(rows1, 1u); a5 += w * x5; b5 += v * x5;
    let x6 = quadBroadcast(rows1, 2u); a6 += w * x6; b6 += v * x6;
    let x7 = quadBroadcast(rows1, 3u); a7 += w * x7; b7 += v * x7;
    let x8 = quadBroadcast(rows2, 0u); a8 += w * x8; b8 += v * x8;
    let x9 = quadBroadcast(rows2, 1u); a9 += w * x9; b9 += v * x9;
    let x10 = quadBroadcast(rows2, 2u); a10 += w * x10; b10 += v * x10;
    let x11 = quadBroadcast(rows2, 3u); a11 += w * x11; b11 += v * x11;
    let x12 = quadBroadcast(rows3, 0u); a12 += w * x12; b12 += v * x12;
    let x13 = quadBroadcast(rows3, 1u); a13 += w * x13; b13 += v * x13;
    let x14 = quadBroadcast(rows3, 2u); a14 += w * x14; b14 += v * x14;
    let x15 = quadBroadcast(rows3, 3u); a15 += w * x15; b15 += v * x15;
  }
  // A loop that moves the sums up by one: a software adapter would take seconds to compile thirty-two copies of store.
  for (var r = row; r < min(row + 16u, params.rows); r++) {
    store(a0, r, left);
    store(b0, r, right);
    a0 = a1; a1 = a2; a2 = a3; a3 = a4; a4 = a5;
    a5 = a6; a6 = a7; a7 = a8; a8 = a9; a9 = a10;
    a10 = a11; a11 = a12; a12 = a13; a13 = a14; a14 = a15;
    b0 = b1; b1 = b2; b2 = b3; b3 = b4; b4 = b5;
    b5 = b6; b6 = b7; b7 = b8; b8 = b9; b9 = b10;
    b10 = b11; b11 = b12; b12 = b13; b13 = b14; b14 = b15;
  }
}

// Four rows of W in one column of vec4: the weights of four channels of x.
fn weights(at: u32, outer4: u32) -> mat4x4f {
  return mat4x4f(
    unpack4(weight[at]),
    unpack4(weight[at + outer4]),
    unpack4(weight[at + 2u * outer4]),
    unpack4(weight[at + 3u * outer4]),
  );
}
