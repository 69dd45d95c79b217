// The next step of decoding: progress += 1. Grid: one thread.

@group(0) @binding(0) var<storage, read_write> progress: array<u32>; // [0] = the step

@compute @workgroup_size(1)
fn main() {
  progress[0] += 1u;
}
