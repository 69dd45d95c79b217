// The gradient of the latents: straight through from the decoder, and the commitment loss.
// dn = straight_through · dy + commitment · 2 (n - e) / rows + accumulated.
// From code_sum: code_sum.
// Grid: one thread per channel (x) and row (y).

struct Params {
  rows: u32,
  width: u32, // C
  codes: u32, // K
  codebooks: u32, // N
  accumulate: u32, // whether `accumulated` is added
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> latents: array<f32>; // [rows, C], n
@group(0) @binding(2) var<storage, read> codebook: array<f32>; // [N·K, C], unit rows if N is 1
@group(0) @binding(3) var<storage, read> codes: array<i32>; // [rows, N]
@group(0) @binding(4) var<storage, read> dy: array<f32>; // [rows, C]
@group(0) @binding(5) var<storage, read> loss_weights: array<f32>; // [1] = straight_through, [2] = commitment
@group(0) @binding(6) var<storage, read> accumulated: array<f32>; // [rows, C]
@group(0) @binding(7) var<storage, read_write> dn: array<f32>; // [rows, C]

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u) {
  let row = row_index(id);
  if (id.x >= params.width || row >= params.rows) { return; }
  let at = row * params.width + id.x;
  let difference = latents[at] - code_sum(row, params.codebooks, id.x);
  var d = loss_weights[1] * dy[at] + loss_weights[2] * 2.0 * difference / f32(params.rows);
  if (params.accumulate != 0u) { d += accumulated[at]; }
  dn[at] = d;
}
