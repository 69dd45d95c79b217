// Moves dead codes: steps_unused[k] counts the steps since code k was last chosen. Past `limit` the code becomes one of the batch's
// latents: of 16 random ones, the one farthest from its own code. A limit of 0 moves no code. With N codebooks, a code becomes the
// residual of a latent after the codebooks before it, whose codes for that latent were chosen, so that none of them moves.
// From random (common), code_sum: pcg, code_sum.
// Grid: one thread per code (x).

struct Params {
  rows: u32,
  width: u32, // C
  codes: u32, // K
  codebooks: u32, // N
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> latents: array<f32>; // [rows, C]
@group(0) @binding(2) var<storage, read> codes: array<i32>; // [rows, N]
@group(0) @binding(3) var<storage, read> errors: array<f32>; // [rows, N], how far each latent is from its code
@group(0) @binding(4) var<storage, read> settings: array<u32>; // limit, seed
@group(0) @binding(5) var<storage, read_write> steps_unused: array<u32>; // [N·K]
@group(0) @binding(6) var<storage, read_write> codebook: array<f32>; // [N·K, C]

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u) {
  let code = id.x;
  if (code >= params.codes * params.codebooks) { return; }
  let index = code / params.codes;
  var is_chosen = false;
  for (var row = 0u; row < params.rows; row++) {
    is_chosen = is_chosen || codes[row * params.codebooks + index] == i32(code % params.codes);
  }
  let steps = select(steps_unused[code] + 1u, 0u, is_chosen);
  steps_unused[code] = steps;
  if (settings[0] == 0u || steps <= settings[0]) { return; }
  var farthest = 0u;
  var distance = -1.0;
  for (var i = 0u; i < 16u; i++) {
    let row = pcg(pcg(pcg(settings[1]) ^ code) ^ i) % params.rows;
    let error = errors[row * params.codebooks + index];
    if (error > distance) {
      distance = error;
      farthest = row;
    }
  }
  for (var i = 0u; i < params.width; i++) {
    codebook[code * params.width + i] = latents[farthest * params.width + i] - code_sum(farthest, index, i);
  }
  steps_unused[code] = 0u;
}
