// Shifts a window of the last C items by one: window[c] = window[c+1], and the last becomes `newest`. At frame 0 every item becomes
// `newest` if `fill` is set, since there is no earlier one. With `grow` nothing shifts while frames fit: item `frame` becomes `newest`.
// Items are 32-bit words of any type.
// Grid: one thread per word of an item (elementGrid).

struct Params {
  length: u32, // of an item
  count: u32, // C
  fill: u32,
  grow: u32,
  first: u32, // where in `newest` the item begins
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> newest: array<u32>; // [first + length]
@group(0) @binding(2) var<storage, read> frame_info: array<u32>; // [0] = frame
@group(0) @binding(3) var<storage, read_write> window: array<u32>; // [C, length]

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u) {
  let i = element_index(id);
  if (i >= params.length) { return; }
  let word = newest[params.first + i];
  if (params.grow != 0u && frame_info[0] < params.count) {
    window[frame_info[0] * params.length + i] = word;
    return;
  }
  let fills = params.fill != 0u && frame_info[0] == 0u;
  for (var c = 0u; c < params.count; c++) {
    let is_last = c + 1u == params.count;
    var value = word;
    if (!is_last && !fills) { value = window[(c + 1u) * params.length + i]; }
    window[c * params.length + i] = value;
  }
}
