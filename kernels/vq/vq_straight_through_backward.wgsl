// The way back through quantise to the unit latents: straight through, and drawn to their codes.
// dn = through · dy + commitment · 2 (n - e) / rows + so_far. Grid: one thread a channel (x), one row (y).

struct Params {
  rows: u32,
  width: u32, // C
  has_so_far: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> units: array<f32>; // [rows, C], n
@group(0) @binding(2) var<storage, read> codebook: array<f32>; // [K, C], unit rows
@group(0) @binding(3) var<storage, read> codes: array<i32>; // [rows]
@group(0) @binding(4) var<storage, read> dy: array<f32>; // [rows, C]
@group(0) @binding(5) var<storage, read> terms: array<f32>; // [1] = through, [2] = commitment
@group(0) @binding(6) var<storage, read> so_far: array<f32>; // [rows, C]
@group(0) @binding(7) var<storage, read_write> dn: array<f32>; // [rows, C]

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u) {
  let row = id.y + id.z * 32768u;
  if (id.x >= params.width || row >= params.rows) { return; }
  let at = row * params.width + id.x;
  let away = units[at] - codebook[u32(codes[row]) * params.width + id.x];
  var d = terms[1] * dy[at] + terms[2] * 2.0 * away / f32(params.rows);
  if (params.has_so_far != 0u) { d += so_far[at]; }
  dn[at] = d;
}
