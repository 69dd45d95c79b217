// For every row k of a table, a linked list of the entries i with index[i] = k: heads[k] is the first, next[i] the one after i, and
// -1 ends a list. With N codebooks, entry i belongs to codebook i mod N, whose rows begin at (i mod N)·K. Row N·K is the mask, for which the
// first codebook's entries hold K.
// Grid: one thread per row of the table (elementGrid).

struct Params {
  indices: u32,
  first_index: u32, // the position of the first in `index`
  rows: u32, // of the table
  codes: u32, // K; with one codebook, not less than rows
  codebooks: u32, // N
  first_row: u32, // rows first_row … end_row - 1 have lists, the others none
  end_row: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> index: array<i32>; // [first_index + indices · N]
@group(0) @binding(2) var<storage, read_write> heads: array<i32>; // [rows]
@group(0) @binding(3) var<storage, read_write> next: array<i32>; // [indices · N]

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u) {
  let row = element_index(id);
  if (row >= params.rows) { return; }
  let is_mask = row == params.codebooks * params.codes;
  let code = i32(select(row % params.codes, params.codes, is_mask));
  let n = i32(select(row / params.codes, 0u, is_mask));
  var head = -1;
  if (row >= params.first_row && row < params.end_row) {
    for (var i = i32(params.indices) - 1; i >= 0; i--) {
      let entry = i * i32(params.codebooks) + n;
      if (index[i32(params.first_index) + entry] == code) {
        next[entry] = head;
        head = entry;
      }
    }
  }
  heads[row] = head;
}
