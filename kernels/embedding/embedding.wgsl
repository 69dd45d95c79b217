// The input of a transformer from token ids, docs/model.md §4: x[b, s] = table[tokens[b, s]] + position[s] + frame_table[frame_info[2 + b]].
// Row K of the dynamics' table is the mask token. The last term is one row for all tokens of a frame, such as its action. It is left out for
// an index of -1 and for the second guidance pass, which has the tokens of the first. With N codebooks (docs/codebooks-spec.md), the rows
// n·K + tokens[b, s, n] are summed, and the mask is row N·K.
// Grid: one thread per channel (x) and row (y).

struct Params {
  rows: u32, // slices · S
  positions: u32, // S
  width: u32, // D
  has_frame_row: u32,
  guidance_passes: u32,
  codes: u32, // K; with one codebook, at least its largest token + 1
  codebooks: u32, // N
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> tokens: array<i32>; // [slices, S, N]; one slice for two guidance passes
@group(0) @binding(2) var<storage, read> table: array<elem>; // [N·K (+1), D]
@group(0) @binding(3) var<storage, read> position: array<elem>; // [S, D]
@group(0) @binding(4) var<storage, read> frame_table: array<elem>; // [A, D], added to every token of a frame: actions or frame positions
@group(0) @binding(5) var<storage, read> frame_info: array<i32>; // [2 + b] = slice b's row of frame_table, or -1
@group(0) @binding(6) var<storage, read_write> x: array<elem>; // [rows, D]

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u) {
  let row = row_index(id);
  if (id.x >= params.width || row >= params.rows) { return; }
  let slice = row / params.positions;
  let s = row % params.positions;
  let first = select(row, s, params.guidance_passes == 2u) * params.codebooks;
  let token = u32(tokens[first]);
  let is_masked = token == params.codes;
  var sum = f32(table[select(token, params.codebooks * params.codes, is_masked) * params.width + id.x]);
  for (var n = 1u; n < params.codebooks && !is_masked; n++) {
    sum += f32(table[(n * params.codes + u32(tokens[first + n])) * params.width + id.x]);
  }
  var v = sum + f32(position[s * params.width + id.x]);
  if (params.has_frame_row != 0u && !(params.guidance_passes == 2u && slice == 1u)) {
    let added = frame_info[2u + slice];
    if (added >= 0) { v += f32(frame_table[u32(added) * params.width + id.x]); }
  }
  x[row * params.width + id.x] = elem(v);
}
