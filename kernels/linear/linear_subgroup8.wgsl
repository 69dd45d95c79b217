// linear with subgroups of eight threads or more: linear_quad.wgsl with broadcasts to eight threads and 32 rows per load of W. A
// thread has one column of vec4. No thread returns early, because every thread takes part in subgroupBroadcast, on the same rows.
// From linear_common, linear_vec4_common: bindings, initial_sum, store.
// Grid: a workgroup of 8 threads computes 32 outputs (x) × 32 rows (y).

@compute @workgroup_size(8)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(local_invocation_index) lane: u32,
  @builtin(subgroup_invocation_id) invocation: u32,
) {
  let outer4 = params.outer / 4u;
  let inner4 = params.inner / 4u;
  let column = group.x * 8u + lane;
  let near = min(column, outer4 - 1u);
  let row = group.y * 32u;
  // Reads past the last row and column are clamped to them, and their outputs are not stored.
  let mine = row + (invocation & 7u);
  let last = params.rows - 1u;
  let from0 = min(mine, last) * inner4;
  let from1 = min(mine + 8u, last) * inner4;
  let from2 = min(mine + 16u, last) * inner4;
  let from3 = min(mine + 24u, last) * inner4;
  let start = initial_sum(near);
  var a0 = start; var a1 = start; var a2 = start; var a3 = start; var a4 = start; var a5 = start; var a6 = start; var a7 = start;
  var a8 = start; var a9 = start; var a10 = start; var a11 = start; var a12 = start; var a13 = start; var a14 = start; var a15 = start;
  var a16 = start; var a17 = start; var a18 = start; var a19 = start; var a20 = start; var a21 = start; var a22 = start; var a23 = start;
  var a24 = start; var a25 = start; var a26 = start; var a27 = start; var a28 = start; var a29 = start; var a30 = start; var a31 = start;
  for (var i = 0u; i < inner4; i++) {
    let at = 4u * i * outer4 + near;
    let w = mat4x4f(
      unpack4(weight[at]),
      unpack4(weight[at + outer4]),
      unpack4(weight[at + 2u * outer4]),
      unpack4(weight[at + 3u * outer4]),
    );
    let rows0 = unpack4(x[from0 + i]);
    let rows1 = unpack4(x[from1 + i]);
    let rows2 = unpack4(x[from2 + i]);
    let rows3 = unpack4(x[from3 + i]);
    a0 += times(w, subgroupBroadcast(rows0, 0u)); a1 += times(w, subgroupBroadcast(rows0, 1u));
    a2 += times(w, subgroupBroadcast(rows0, 2u)); a3 += times(w, subgroupBroadcast(rows0, 3u));
    a4 += times(w, subgroupBroadcast(rows0, 4u)); a5 += times(w, subgroupBroadcast(rows0, 5u));
    a6 += times(w, subgroupBroadcast(rows0, 6u)); a7 += times(w, subgroupBroadcast(rows0, 7u));
    a8 += times(w, subgroupBroadcast(rows1, 0u)); a9 += times(w, subgroupBroadcast(rows1, 1u));
    a10 += times(w, subgroupBroadcast(rows1, 2u)); a11 += times(w, subgroupBroadcast(rows1, 3u));
    a12 += times(w, subgroupBroadcast(rows1, 4u)); a13 += times(w, subgroupBroadcast(rows1, 5u));
    a14 += times(w, subgroupBroadcast(rows1, 6u)); a15 += times(w, subgroupBroadcast(rows1, 7u));
    a16 += times(w, subgroupBroadcast(rows2, 0u)); a17 += times(w, subgroupBroadcast(rows2, 1u));
    a18 += times(w, subgroupBroadcast(rows2, 2u)); a19 += times(w, subgroupBroadcast(rows2, 3u));
    a20 += times(w, subgroupBroadcast(rows2, 4u)); a21 += times(w, subgroupBroadcast(rows2, 5u));
    a22 += times(w, subgroupBroadcast(rows2, 6u)); a23 += times(w, subgroupBroadcast(rows2, 7u));
    a24 += times(w, subgroupBroadcast(rows3, 0u)); a25 += times(w, subgroupBroadcast(rows3, 1u));
    a26 += times(w, subgroupBroadcast(rows3, 2u)); a27 += times(w, subgroupBroadcast(rows3, 3u));
    a28 += times(w, subgroupBroadcast(rows3, 4u)); a29 += times(w, subgroupBroadcast(rows3, 5u));
    a30 += times(w, subgroupBroadcast(rows3, 6u)); a31 += times(w, subgroupBroadcast(rows3, 7u));
  }
  // A loop, because a software adapter would take seconds to compile thirty-two copies of store. The three bits of n select one of
  // eight sums: an array of them would be indexed thread by thread.
  for (var r = row; r < min(row + 32u, params.rows); r += 8u) {
    for (var n = 0u; n < min(8u, params.rows - r); n++) {
      let odd = (n & 1u) != 0u;
      let low = select(select(a0, a1, odd), select(a2, a3, odd), (n & 2u) != 0u);
      let high = select(select(a4, a5, odd), select(a6, a7, odd), (n & 2u) != 0u);
      store(select(low, high, n >= 4u), r + n, column);
    }
    a0 = a8; a1 = a9; a2 = a10; a3 = a11; a4 = a12; a5 = a13; a6 = a14; a7 = a15;
    a8 = a16; a9 = a17; a10 = a18; a11 = a19; a12 = a20; a13 = a21; a14 = a22; a15 = a23;
    a16 = a24; a17 = a25; a18 = a26; a19 = a27; a20 = a28; a21 = a29; a22 = a30; a23 = a31;
  }
}

// w · v as two sums of two, which shortens the chain of dependent operations.
fn times(w: mat4x4f, v: vec4f) -> vec4f { return (w[0] * v.x + w[1] * v.y) + (w[2] * v.z + w[3] * v.w); }
