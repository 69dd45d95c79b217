// linear with subgroups: a load from storage is what a software adapter pays most for, one by one for every lane. Here each of four
// lanes loads another row of x and hands it round, so that x costs a quarter.
// All lanes of a workgroup are on the same rows, and no lane leaves early: all of them hand round.
// Grid: a workgroup of 8 lanes makes 8 rows × 32 outputs.

@compute @workgroup_size(8)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(local_invocation_index) lane: u32,
  @builtin(subgroup_invocation_id) invocation: u32,
) {
  let outer4 = size.outer / 4u;
  let inner4 = size.inner / 4u;
  let column = group.x * 8u + lane;
  let near = min(column, outer4 - 1u);
  let row = group.y * 8u;
  // Rows and columns past the last read the last again and are not written.
  let mine = row + (invocation & 3u);
  let last = size.rows - 1u;
  let from0 = min(mine, last) * inner4;
  let from1 = min(mine + 4u, last) * inner4;
  var a0 = vec4f(); var a1 = vec4f(); var a2 = vec4f(); var a3 = vec4f();
  var a4 = vec4f(); var a5 = vec4f(); var a6 = vec4f(); var a7 = vec4f();
  for (var i = 0u; i < inner4; i++) {
    let at = 4u * i * outer4;
    let w0 = unpacked(weight[at + near]);
    let w1 = unpacked(weight[at + 1u * outer4 + near]);
    let w2 = unpacked(weight[at + 2u * outer4 + near]);
    let w3 = unpacked(weight[at + 3u * outer4 + near]);
    let rows0 = unpacked(x[from0 + i]);
    let rows1 = unpacked(x[from1 + i]);
    a0 = product(subgroupBroadcast(rows0, 0u), w0, w1, w2, w3, a0);
    a1 = product(subgroupBroadcast(rows0, 1u), w0, w1, w2, w3, a1);
    a2 = product(subgroupBroadcast(rows0, 2u), w0, w1, w2, w3, a2);
    a3 = product(subgroupBroadcast(rows0, 3u), w0, w1, w2, w3, a3);
    a4 = product(subgroupBroadcast(rows1, 0u), w0, w1, w2, w3, a4);
    a5 = product(subgroupBroadcast(rows1, 1u), w0, w1, w2, w3, a5);
    a6 = product(subgroupBroadcast(rows1, 2u), w0, w1, w2, w3, a6);
    a7 = product(subgroupBroadcast(rows1, 3u), w0, w1, w2, w3, a7);
  }
  finish(a0, row, column);
  finish(a1, row + 1u, column);
  finish(a2, row + 2u, column);
  finish(a3, row + 3u, column);
  finish(a4, row + 4u, column);
  finish(a5, row + 5u, column);
  finish(a6, row + 6u, column);
  finish(a7, row + 7u, column);
}
