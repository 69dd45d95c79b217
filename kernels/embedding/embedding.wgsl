// x[b, s] = table[tokens[b, s]] + position[s] + actions[action of b]. Row K of the dynamics' table is the mask token. An action of -1
// is null and adds nothing. With two guidance passes both blocks have the same tokens, and the second a null action.
// Grid: one thread per channel (x) and row (y).

struct Params {
  rows: u32, // blocks · S
  tokens: u32, // S
  width: u32, // D
  has_action: u32,
  guidance_passes: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> tokens: array<i32>; // [blocks, S]; one block for two guidance passes
@group(0) @binding(2) var<storage, read> table: array<elem>; // [K (+1), D]
@group(0) @binding(3) var<storage, read> position: array<elem>; // [S, D]
@group(0) @binding(4) var<storage, read> actions: array<elem>; // [A, D]
@group(0) @binding(5) var<storage, read> frame_info: array<i32>; // [2 + b] = the action that led to block b's frame
@group(0) @binding(6) var<storage, read_write> x: array<elem>; // [rows, D]

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u) {
  let row = row_index(id);
  if (id.x >= params.width || row >= params.rows) { return; }
  let block = row / params.tokens;
  let s = row % params.tokens;
  let token = u32(tokens[select(row, s, params.guidance_passes == 2u)]);
  var v = f32(table[token * params.width + id.x]) + f32(position[s * params.width + id.x]);
  if (params.has_action != 0u && !(params.guidance_passes == 2u && block == 1u)) {
    let action = frame_info[2u + block];
    if (action >= 0) { v += f32(actions[u32(action) * params.width + id.x]); }
  }
  x[row * params.width + id.x] = elem(v);
}
