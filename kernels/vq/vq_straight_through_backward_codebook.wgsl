// The gradient of the codes, each pulled to the latents that chose it: de[k] = weight · Σ 2 (e[k] - n[row]) / rows over the rows
// whose code is k. With N codebooks, each is pulled to the residuals after the codebooks before it.
// From code_sum: code_sum.
// Grid: one thread per channel (x) and code (y).

struct Params {
  rows: u32,
  width: u32, // C
  codes: u32, // K
  codebooks: u32, // N
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> latents: array<f32>; // [rows, C], n
@group(0) @binding(2) var<storage, read> codebook: array<f32>; // [N·K, C], unit rows if N is 1
@group(0) @binding(3) var<storage, read> codes: array<i32>; // [rows, N]
@group(0) @binding(4) var<storage, read> loss_weights: array<f32>; // [3] = the weight of the codebook loss
@group(0) @binding(5) var<storage, read_write> de: array<f32>; // [N·K, C]

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u) {
  let code = row_index(id);
  if (id.x >= params.width || code >= params.codes * params.codebooks) { return; }
  let index = code / params.codes;
  let e = codebook[code * params.width + id.x];
  var sum = 0.0;
  for (var row = 0u; row < params.rows; row++) {
    if (codes[row * params.codebooks + index] == i32(code % params.codes)) {
      sum += e - (latents[row * params.width + id.x] - code_sum(row, index, id.x));
    }
  }
  de[code * params.width + id.x] = loss_weights[3] * 2.0 * sum / f32(params.rows);
}
