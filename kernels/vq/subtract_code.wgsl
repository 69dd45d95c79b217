// y[r] = x[r] - table[n · K + codes[r, n]] with n = codebook_index: the residual that the codebooks after that see. Two guidance passes have
// the same codes.
// Grid: one thread per channel (x) and row (y).

struct Params {
  rows: u32, // of x; a multiple of code_rows
  code_rows: u32, // of codes
  width: u32,
  codes: u32, // K
  codebooks: u32, // N
  codebook_index: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<elem>; // [rows, width]
@group(0) @binding(2) var<storage, read> table: array<elem>; // [N·K (+1), width]
@group(0) @binding(3) var<storage, read> codes: array<i32>; // [code_rows, N], each 0 … K-1
@group(0) @binding(4) var<storage, read_write> y: array<elem>; // [rows, width]

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u) {
  let row = row_index(id);
  if (id.x >= params.width || row >= params.rows) { return; }
  let code = u32(codes[row % params.code_rows * params.codebooks + params.codebook_index]);
  let e = f32(table[(params.codebook_index * params.codes + code) * params.width + id.x]);
  y[row * params.width + id.x] = elem(f32(x[row * params.width + id.x]) - e);
}
