// Copies the newest item out of a window that push_window grew: window[min(frame, C - 1)]. Items are 32-bit words of any type.
// Grid: one thread per word of an item (elementGrid).

struct Params {
  length: u32, // of an item
  count: u32, // C
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> window: array<u32>; // [C, length]
@group(0) @binding(2) var<storage, read> frame_info: array<u32>; // [0] = frame
@group(0) @binding(3) var<storage, read_write> item: array<u32>; // [length]

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u) {
  let i = element_index(id);
  if (i >= params.length) { return; }
  item[i] = window[min(frame_info[0], params.count - 1u) * params.length + i];
}
