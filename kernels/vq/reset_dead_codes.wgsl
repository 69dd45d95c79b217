// Looks after codes that nobody chooses: idle[k] counts the steps since code k was last chosen; past `limit` the code becomes one
// of the batch's unit latents, of 16 drawn by chance the one farthest from its own code. A limit of 0 leaves all codes alone.
// Grid: one thread a code.

struct Params {
  rows: u32,
  width: u32, // C
  codes: u32, // K
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> units: array<f32>; // [rows, C]
@group(0) @binding(2) var<storage, read> codes: array<i32>; // [rows]
@group(0) @binding(3) var<storage, read> errors: array<f32>; // [rows], how far each latent is from its code
@group(0) @binding(4) var<storage, read> settings: array<u32>; // limit, seed
@group(0) @binding(5) var<storage, read_write> idle: array<u32>; // [K]
@group(0) @binding(6) var<storage, read_write> codebook: array<f32>; // [K, C]

fn pcg(v: u32) -> u32 {
  let state = v * 747796405u + 2891336453u;
  let word = ((state >> ((state >> 28u) + 4u)) ^ state) * 277803737u;
  return (word >> 22u) ^ word;
}

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u) {
  let code = id.x;
  if (code >= params.codes) { return; }
  var chosen = false;
  for (var row = 0u; row < params.rows; row++) { chosen = chosen || codes[row] == i32(code); }
  let steps = select(idle[code] + 1u, 0u, chosen);
  idle[code] = steps;
  if (settings[0] == 0u || steps <= settings[0]) { return; }
  var farthest = 0u;
  var distance = -1.0;
  for (var i = 0u; i < 16u; i++) {
    let row = pcg(pcg(pcg(settings[1]) ^ code) ^ i) % params.rows;
    if (errors[row] > distance) {
      distance = errors[row];
      farthest = row;
    }
  }
  for (var i = 0u; i < params.width; i++) { codebook[code * params.width + i] = units[farthest * params.width + i]; }
  idle[code] = 0u;
}
