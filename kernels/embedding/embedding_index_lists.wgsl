// For every row k of a table, a linked list of the positions i with index[i] = k: heads[k] is the first, next[i] the one after i, and
// -1 ends a list.
// Grid: one thread per row of the table (elementGrid).

struct Params {
  indices: u32,
  first_index: u32, // the position of the first in `index`
  rows: u32, // of the table
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> index: array<i32>; // [first_index + indices]
@group(0) @binding(2) var<storage, read_write> heads: array<i32>; // [rows]
@group(0) @binding(3) var<storage, read_write> next: array<i32>; // [indices]

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u) {
  let row = element_index(id);
  if (row >= params.rows) { return; }
  var head = -1;
  for (var i = i32(params.indices) - 1; i >= 0; i--) {
    if (index[params.first_index + u32(i)] == i32(row)) {
      next[i] = head;
      head = i;
    }
  }
  heads[row] = head;
}
