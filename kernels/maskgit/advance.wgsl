// The next step of decoding: progress += by. Grid: one thread.

struct Size {
  by: u32,
}

@group(0) @binding(0) var<uniform> size: Size;
@group(0) @binding(1) var<storage, read_write> progress: array<u32>; // [0] = the step

@compute @workgroup_size(1)
fn main() {
  progress[0] += size.by;
}
