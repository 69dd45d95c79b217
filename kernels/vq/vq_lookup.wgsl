// codes[r] = argmax_k z[r] · codebook[k] over unit codebook rows, ties to the lowest k: the largest cosine, since the
// length of z changes no comparison. Grid: one workgroup a row; its lanes share the codes.

struct Params {
  rows: u32,
  codes: u32, // K
  code_width: u32, // C
}

const LANES = 64u;

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> z: array<elem>; // [rows, C]
@group(0) @binding(2) var<storage, read> codebook: array<f32>; // [K, C], rows of unit length
@group(0) @binding(3) var<storage, read_write> codes: array<i32>; // [rows]

var<workgroup> best_product: array<f32, LANES>;
var<workgroup> best_code: array<u32, LANES>;

@compute @workgroup_size(LANES)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
  let row = group.x + group.y * 32768u;
  if (row >= params.rows) { return; }
  var best = -3.4e38;
  var code = params.codes;
  for (var k = lane; k < params.codes; k += LANES) {
    var product = 0.0;
    for (var i = 0u; i < params.code_width; i++) { product = fma(f32(z[row * params.code_width + i]), codebook[k * params.code_width + i], product); }
    if (product > best) {
      best = product;
      code = k;
    }
  }
  best_product[lane] = best;
  best_code[lane] = code;
  workgroupBarrier();
  if (lane > 0u) { return; }
  for (var i = 1u; i < LANES; i++) {
    if (best_product[i] > best || (best_product[i] == best && best_code[i] < code)) {
      best = best_product[i];
      code = best_code[i];
    }
  }
  codes[row] = i32(code);
}
