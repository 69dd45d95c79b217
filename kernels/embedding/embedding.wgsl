// x[b, s] = table[tokens[b, s]] + position[s] + actions[action of b]. Row K of the dynamics' table is the mask token. An action of -1
// is null and adds nothing. With two guidance passes both blocks have the same tokens, and the second a null action. With N
// codebooks, the rows n·K + tokens[b, s, n] are added up, and the mask is row N·K.
// Grid: one thread per channel (x) and row (y).

struct Params {
  rows: u32, // blocks · S
  tokens: u32, // S
  width: u32, // D
  has_action: u32,
  guidance_passes: u32,
  codes: u32, // K; with one codebook, at least its largest token + 1
  codebooks: u32, // N
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> tokens: array<i32>; // [blocks, S, N]; one block for two guidance passes
@group(0) @binding(2) var<storage, read> table: array<elem>; // [N·K (+1), D]
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
  let first = select(row, s, params.guidance_passes == 2u) * params.codebooks;
  let token = u32(tokens[first]);
  let is_masked = token == params.codes;
  var sum = f32(table[select(token, params.codebooks * params.codes, is_masked) * params.width + id.x]);
  for (var n = 1u; n < params.codebooks && !is_masked; n++) {
    sum += f32(table[(n * params.codes + u32(tokens[first + n])) * params.width + id.x]);
  }
  var v = sum + f32(position[s * params.width + id.x]);
  if (params.has_action != 0u && !(params.guidance_passes == 2u && block == 1u)) {
    let action = frame_info[2u + block];
    if (action >= 0) { v += f32(actions[u32(action) * params.width + id.x]); }
  }
  x[row * params.width + id.x] = elem(v);
}
