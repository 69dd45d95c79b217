// linear with quads: a load from storage is what a software adapter pays most for, one by one for every lane. Here each of four
// lanes loads another row of x and hands it to the other three, so that x costs a quarter; what is loaded of W serves sixteen rows.
// All lanes of a workgroup are on the same rows, and no lane leaves early: all of them hand round.
// Grid: a workgroup of 8 lanes makes 16 rows × 64 outputs.

@compute @workgroup_size(8)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(local_invocation_index) lane: u32,
  @builtin(subgroup_invocation_id) invocation: u32,
) {
  let outer4 = size.outer / 4u;
  let inner4 = size.inner / 4u;
  let left = group.x * 16u + lane;
  let right = left + 8u;
  let near = min(left, outer4 - 1u);
  let far = min(right, outer4 - 1u);
  let row = group.y * 16u;
  // Rows and columns past the last read the last again and are not written.
  let mine = row + (invocation & 3u);
  let last = size.rows - 1u;
  let from0 = min(mine, last) * inner4;
  let from1 = min(mine + 4u, last) * inner4;
  let from2 = min(mine + 8u, last) * inner4;
  let from3 = min(mine + 12u, last) * inner4;
  var a0 = vec4f(); var a1 = vec4f(); var a2 = vec4f(); var a3 = vec4f();
  var a4 = vec4f(); var a5 = vec4f(); var a6 = vec4f(); var a7 = vec4f();
  var a8 = vec4f(); var a9 = vec4f(); var a10 = vec4f(); var a11 = vec4f();
  var a12 = vec4f(); var a13 = vec4f(); var a14 = vec4f(); var a15 = vec4f();
  var b0 = vec4f(); var b1 = vec4f(); var b2 = vec4f(); var b3 = vec4f();
  var b4 = vec4f(); var b5 = vec4f(); var b6 = vec4f(); var b7 = vec4f();
  var b8 = vec4f(); var b9 = vec4f(); var b10 = vec4f(); var b11 = vec4f();
  var b12 = vec4f(); var b13 = vec4f(); var b14 = vec4f(); var b15 = vec4f();
  for (var i = 0u; i < inner4; i++) {
    let at = 4u * i * outer4;
    let w = weights(at + near, outer4);
    let v = weights(at + far, outer4);
    let rows0 = unpacked(x[from0 + i]);
    let rows1 = unpacked(x[from1 + i]);
    let rows2 = unpacked(x[from2 + i]);
    let rows3 = unpacked(x[from3 + i]);
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
  finish(a0, row, left); finish(b0, row, right);
  finish(a1, row + 1u, left); finish(b1, row + 1u, right);
  finish(a2, row + 2u, left); finish(b2, row + 2u, right);
  finish(a3, row + 3u, left); finish(b3, row + 3u, right);
  finish(a4, row + 4u, left); finish(b4, row + 4u, right);
  finish(a5, row + 5u, left); finish(b5, row + 5u, right);
  finish(a6, row + 6u, left); finish(b6, row + 6u, right);
  finish(a7, row + 7u, left); finish(b7, row + 7u, right);
  finish(a8, row + 8u, left); finish(b8, row + 8u, right);
  finish(a9, row + 9u, left); finish(b9, row + 9u, right);
  finish(a10, row + 10u, left); finish(b10, row + 10u, right);
  finish(a11, row + 11u, left); finish(b11, row + 11u, right);
  finish(a12, row + 12u, left); finish(b12, row + 12u, right);
  finish(a13, row + 13u, left); finish(b13, row + 13u, right);
  finish(a14, row + 14u, left); finish(b14, row + 14u, right);
  finish(a15, row + 15u, left); finish(b15, row + 15u, right);
}

// Four rows of W in a column of vec4: what four channels of x weigh.
fn weights(at: u32, outer4: u32) -> mat4x4f {
  return mat4x4f(
    unpacked(weight[at]),
    unpacked(weight[at + outer4]),
    unpacked(weight[at + 2u * outer4]),
    unpacked(weight[at + 3u * outer4]),
  );
}
