// codes[r] = argmax_k z[r] · codebook[k] over codebook rows of unit length, ties to the lowest k. That is the largest cosine, because
// the length of z changes no comparison. By distance, with rows of any length: argmax_k z[r] · e - ‖e‖²/2, the nearest row. With N codebooks,
// a dispatch looks up the code of one, `codebook_index`.
// From argmax (common): LANES, LOWEST, lane_score, lane_code, best_lane.
// Grid: one workgroup per row (rowGrid), whose threads share the codes.

struct Params {
  rows: u32,
  codes: u32, // K
  code_width: u32, // C
  codebooks: u32, // N
  codebook_index: u32,
  by_distance: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> z: array<elem>; // [rows, C]
@group(0) @binding(2) var<storage, read> codebook: array<f32>; // [N·K, C], rows of unit length unless by distance
@group(0) @binding(3) var<storage, read_write> codes: array<i32>; // [rows, N]

@compute @workgroup_size(LANES)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
  let row = workgroup_index(group);
  if (row >= params.rows) { return; }
  let half = select(0.0, 0.5, params.by_distance != 0u);
  var best = LOWEST;
  var code = params.codes;
  for (var k = lane; k < params.codes; k += LANES) {
    var product = 0.0;
    for (var i = 0u; i < params.code_width; i++) {
      let e = codebook[(params.codebook_index * params.codes + k) * params.code_width + i];
      product = fma(f32(z[row * params.code_width + i]) - half * e, e, product);
    }
    if (product > best) {
      best = product;
      code = k;
    }
  }
  lane_score[lane] = best;
  lane_code[lane] = code;
  workgroupBarrier();
  if (lane == 0u) { codes[row * params.codebooks + params.codebook_index] = i32(lane_code[best_lane()]); }
}
