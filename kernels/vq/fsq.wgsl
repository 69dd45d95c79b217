// Finite scalar quantisation: digit_j = round((tanh(z_j) + 1) / 2 · (L - 1)), half to even; code = Σ digit_j · L^j.
// Grid: one thread per latent (x).

struct Params {
  rows: u32,
  width: u32, // n, digits of a code
  levels: u32, // L
  skip: u32, // the first codes, which are left as they are
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> latents: array<elem>; // [rows, width]
@group(0) @binding(2) var<storage, read_write> codes: array<i32>; // [skip + rows]

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u) {
  let row = id.x;
  if (row >= params.rows) { return; }
  var code = 0u;
  var place = 1u;
  for (var j = 0u; j < params.width; j++) {
    let z = clamp(f32(latents[row * params.width + j]), -12.0, 12.0); // tanh may overflow, and beyond 12 it is 1
    code += u32(round(0.5 * (tanh(z) + 1.0) * f32(params.levels - 1u))) * place;
    place *= params.levels;
  }
  codes[params.skip + row] = i32(code);
}
