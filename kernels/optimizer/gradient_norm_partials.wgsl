// squares[first + n] = Σ gradient² over the n-th SHARE elements of a tensor: its part in the norm. Once a step is broken the squares stay,
// to tell which tensor it was. Grid: one workgroup a share, whose lanes take its elements in turn.

struct Params {
  length: u32,
  first: u32,
}

const LANES = 64u;
const SHARE = 8192u;

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> gradient: array<f32>;
@group(0) @binding(2) var<storage, read> broken: array<u32>; // [0] = the step that was broken, 0 while all are whole
@group(0) @binding(3) var<storage, read_write> squares: array<f32>;

var<workgroup> sums: array<f32, LANES>;

@compute @workgroup_size(LANES)
fn main(@builtin(workgroup_id) share: vec3u, @builtin(local_invocation_index) lane: u32) {
  var sum = 0.0;
  let end = min((share.x + 1u) * SHARE, params.length);
  for (var i = share.x * SHARE + lane; i < end; i += LANES) { sum = fma(gradient[i], gradient[i], sum); }
  sums[lane] = sum;
  workgroupBarrier();
  if (lane > 0u || broken[0] != 0u) { return; }
  for (var i = 1u; i < LANES; i++) { sum += sums[i]; }
  squares[params.first + share.x] = sum;
}
