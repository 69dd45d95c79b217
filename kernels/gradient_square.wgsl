// squares[index] = Σ gradient²: one tensor's share of the norm. Once a step is broken its shares stay, to tell which tensor it was.
// Grid: one workgroup, whose lanes share the elements.

struct Size {
  length: u32,
  index: u32,
}

const LANES = 256u;

@group(0) @binding(0) var<uniform> size: Size;
@group(0) @binding(1) var<storage, read> gradient: array<f32>;
@group(0) @binding(2) var<storage, read> broken: array<u32>; // [0] = the step that was broken, 0 while all are whole
@group(0) @binding(3) var<storage, read_write> squares: array<f32>;

var<workgroup> sums: array<f32, LANES>;

@compute @workgroup_size(LANES)
fn main(@builtin(local_invocation_index) lane: u32) {
  var sum = 0.0;
  for (var i = lane; i < size.length; i += LANES) { sum = fma(gradient[i], gradient[i], sum); }
  sums[lane] = sum;
  workgroupBarrier();
  if (lane > 0u || broken[0] != 0u) { return; }
  for (var i = 1u; i < LANES; i++) { sum += sums[i]; }
  squares[size.index] = sum;
}
