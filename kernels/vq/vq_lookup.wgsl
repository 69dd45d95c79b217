// codes[r] = argmax_k z[r] · codebook[k] over codebook rows of unit length, ties to the lowest k. That is the largest cosine, because
// the length of z changes no comparison.
// From argmax (common): LANES, LOWEST, lane_score, lane_code, best_lane.
// Grid: one workgroup per row (rowGrid), whose threads share the codes.

struct Params {
  rows: u32,
  codes: u32, // K
  code_width: u32, // C
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> z: array<elem>; // [rows, C]
@group(0) @binding(2) var<storage, read> codebook: array<f32>; // [K, C], rows of unit length
@group(0) @binding(3) var<storage, read_write> codes: array<i32>; // [rows]

@compute @workgroup_size(LANES)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
  let row = workgroup_index(group);
  if (row >= params.rows) { return; }
  var best = LOWEST;
  var code = params.codes;
  for (var k = lane; k < params.codes; k += LANES) {
    var product = 0.0;
    for (var i = 0u; i < params.code_width; i++) { product = fma(f32(z[row * params.code_width + i]), codebook[k * params.code_width + i], product); }
    if (product > best) {
      best = product;
      code = k;
    }
  }
  lane_score[lane] = best;
  lane_code[lane] = code;
  workgroupBarrier();
  if (lane == 0u) { codes[row] = i32(lane_code[best_lane()]); }
}
