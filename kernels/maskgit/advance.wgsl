// step_index += by.
// Grid: one thread.

struct Params {
  by: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read_write> step_index: array<u32>; // [1]

@compute @workgroup_size(1)
fn main() {
  step_index[0] += params.by;
}
