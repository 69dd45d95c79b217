// Writes the Params of the next decoding step's dispatches, or zeros once no position is masked.
// Grid: one thread per number (x).

struct Params {
  numbers: u32, // of all dispatches
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> all_params: array<u32>; // [dispatches, 64]
@group(0) @binding(2) var<storage, read> masked_count: array<u32>; // [steps + 1]
@group(0) @binding(3) var<storage, read> step_index: array<u32>; // [1]
@group(0) @binding(4) var<storage, read_write> active_params: array<u32>; // [dispatches, 64]

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u) {
  if (id.x >= params.numbers) { return; }
  active_params[id.x] = select(0u, all_params[id.x], masked_count[step_index[0]] > 0u);
}
