// linear with subgroups: a load from storage is what a software adapter pays most for, one by one for every lane. Here each of four
// lanes loads another row of x and hands it round, so that x costs a quarter, and once for twice the columns.
// All lanes of a workgroup are on the same rows, and no lane leaves early: all of them hand round.
// Grid: a workgroup of 8 lanes makes 8 rows × 64 outputs.

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
  let row = group.y * 8u;
  // Rows and columns past the last read the last again and are not written.
  let mine = row + (invocation & 3u);
  let last = size.rows - 1u;
  let from0 = min(mine, last) * inner4;
  let from1 = min(mine + 4u, last) * inner4;
  var a0 = vec4f(); var a1 = vec4f(); var a2 = vec4f(); var a3 = vec4f();
  var a4 = vec4f(); var a5 = vec4f(); var a6 = vec4f(); var a7 = vec4f();
  var b0 = vec4f(); var b1 = vec4f(); var b2 = vec4f(); var b3 = vec4f();
  var b4 = vec4f(); var b5 = vec4f(); var b6 = vec4f(); var b7 = vec4f();
  for (var i = 0u; i < inner4; i++) {
    let at = 4u * i * outer4;
    let w0 = vec4f(weight[at + near]);
    let w1 = vec4f(weight[at + 1u * outer4 + near]);
    let w2 = vec4f(weight[at + 2u * outer4 + near]);
    let w3 = vec4f(weight[at + 3u * outer4 + near]);
    let v0 = vec4f(weight[at + far]);
    let v1 = vec4f(weight[at + 1u * outer4 + far]);
    let v2 = vec4f(weight[at + 2u * outer4 + far]);
    let v3 = vec4f(weight[at + 3u * outer4 + far]);
    let rows0 = vec4f(x[from0 + i]);
    let rows1 = vec4f(x[from1 + i]);
    let x0 = subgroupBroadcast(rows0, 0u);
    a0 = product(x0, w0, w1, w2, w3, a0);
    b0 = product(x0, v0, v1, v2, v3, b0);
    let x1 = subgroupBroadcast(rows0, 1u);
    a1 = product(x1, w0, w1, w2, w3, a1);
    b1 = product(x1, v0, v1, v2, v3, b1);
    let x2 = subgroupBroadcast(rows0, 2u);
    a2 = product(x2, w0, w1, w2, w3, a2);
    b2 = product(x2, v0, v1, v2, v3, b2);
    let x3 = subgroupBroadcast(rows0, 3u);
    a3 = product(x3, w0, w1, w2, w3, a3);
    b3 = product(x3, v0, v1, v2, v3, b3);
    let x4 = subgroupBroadcast(rows1, 0u);
    a4 = product(x4, w0, w1, w2, w3, a4);
    b4 = product(x4, v0, v1, v2, v3, b4);
    let x5 = subgroupBroadcast(rows1, 1u);
    a5 = product(x5, w0, w1, w2, w3, a5);
    b5 = product(x5, v0, v1, v2, v3, b5);
    let x6 = subgroupBroadcast(rows1, 2u);
    a6 = product(x6, w0, w1, w2, w3, a6);
    b6 = product(x6, v0, v1, v2, v3, b6);
    let x7 = subgroupBroadcast(rows1, 3u);
    a7 = product(x7, w0, w1, w2, w3, a7);
    b7 = product(x7, v0, v1, v2, v3, b7);
  }
  finish(a0, row, left);
  finish(b0, row, right);
  finish(a1, row + 1u, left);
  finish(b1, row + 1u, right);
  finish(a2, row + 2u, left);
  finish(b2, row + 2u, right);
  finish(a3, row + 3u, left);
  finish(b3, row + 3u, right);
  finish(a4, row + 4u, left);
  finish(b4, row + 4u, right);
  finish(a5, row + 5u, left);
  finish(b5, row + 5u, right);
  finish(a6, row + 6u, left);
  finish(b6, row + 6u, right);
  finish(a7, row + 7u, left);
  finish(b7, row + 7u, right);
}
