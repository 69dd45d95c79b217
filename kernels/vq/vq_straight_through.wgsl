// The code of each unit latent n: the forced one, or where that is negative the nearest. y = the unit code e, or n where quantisation
// is bypassed. errors = ‖n - e‖² / rows, whose sum is the unweighted code loss. With N codebooks, n is a whole latent, e the sum of its
// codes' rows, and errors has the error after each code.
// From code_sum: code_sum.
// Grid: one thread per row (x).

struct Params {
  rows: u32,
  width: u32, // C
  codes: u32, // K
  codebooks: u32, // N
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> latents: array<f32>; // [rows, C], n
@group(0) @binding(2) var<storage, read> codebook: array<f32>; // [N·K, C], unit rows if N is 1
@group(0) @binding(3) var<storage, read> nearest: array<i32>; // [rows, N]
@group(0) @binding(4) var<storage, read> forced_codes: array<i32>; // [rows, N]
@group(0) @binding(5) var<storage, read> loss_weights: array<f32>; // [0] = 1 to bypass quantisation
@group(0) @binding(6) var<storage, read_write> codes: array<i32>; // [rows, N]
@group(0) @binding(7) var<storage, read_write> y: array<f32>; // [rows, C]
@group(0) @binding(8) var<storage, read_write> errors: array<f32>; // [rows, N]

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u) {
  let row = id.x;
  if (row >= params.rows) { return; }
  for (var index = 0u; index < params.codebooks; index++) {
    let at = row * params.codebooks + index;
    codes[at] = select(forced_codes[at], nearest[at], forced_codes[at] < 0);
    var error = 0.0;
    for (var i = 0u; i < params.width; i++) {
      let n = latents[row * params.width + i];
      let e = code_sum(row, index + 1u, i);
      y[row * params.width + i] = select(e, n, loss_weights[0] != 0.0);
      error = fma(n - e, n - e, error);
    }
    errors[at] = error / f32(params.rows);
  }
}
