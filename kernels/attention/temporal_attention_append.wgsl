// temporal_attention.wgsl for slices that are not in the KV cache yet. A slice is S rows of qkv: successive frames, or one frame twice
// with two guidance passes. Each thread handles one position and head, slice by slice: it writes the slice's key and value into the
// cache, with QK-norm, then attends. No other thread reads them, so no barrier is needed. It reads qkv [slices · S, 3D] without
// split_heads. d is a multiple of 4 and at most 64.
// From attention_common, qk_norm, cache_slot, temporal_attention_common, attention_store_vec4: CHUNK, head_width, head_vec4s; inverse_rms;
// slot_of; cached_head; store_head and its output, binding 4.
// Grid: one thread per position (x) and head (y).

// Whether loops over a head have a constant length. Compilers unroll those and keep their arrays in registers, as a GPU needs it. On a
// software adapter unrolled loops are no faster, and take Mesa a second longer to compile.
override is_unrolled: bool;

struct Params {
  positions: u32, // S
  heads: u32,
  window: u32, // W
  slots: u32,
  guidance_passes: u32,
  qk_norm: u32,
  slices: u32,
  first_result: u32, // slices before this one only write keys and values
  width4: u32, // head_vec4s(), not known to the compiler, so that it does not unroll the loop
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> qkv: array<elem4>; // [slices, S, 3, heads, d]
@group(0) @binding(2) var<storage, read_write> keys: array<elem4>; // [slots (+1), S, heads, d]
@group(0) @binding(3) var<storage, read_write> values: array<elem4>; // the same
@group(0) @binding(5) var<storage, read> bias: array<f32>; // [heads, W]
@group(0) @binding(6) var<storage, read> frame_info: array<u32>; // [0] = the frame of slice 0
@group(0) @binding(7) var<storage, read> q_norm: array<vec4f>; // [d], with qk_norm
@group(0) @binding(8) var<storage, read> k_norm: array<vec4f>; // the same

// The factor of a head of q or k that begins at `at`.
fn norm_scale(at: u32) -> f32 {
  if (params.qk_norm == 0u) { return 1.0; }
  var squares = 0.0;
  for (var i = 0u; i < params.width4; i++) { squares += dot(unpack4(qkv[at + i]), unpack4(qkv[at + i])); }
  return inverse_rms(vec4f(squares), head_width).x;
}

@compute @workgroup_size(32)
fn main(@builtin(global_invocation_id) id: vec3u) {
  let token = id.x;
  let head = id.y;
  if (token >= params.positions) { return; }
  let width4 = select(params.width4, head_vec4s(), is_unrolled);
  for (var slice = 0u; slice < params.slices; slice++) {
    let row = slice * params.positions + token;
    let q = (3u * row * params.heads + head) * width4;
    let k = q + params.heads * width4;
    let v = k + params.heads * width4;

    let own = cached_head(slot_of(slice, 0u), token, head);
    let k_scale = norm_scale(k);
    for (var i = 0u; i < params.width4; i++) {
      var key = qkv[k + i];
      if (params.qk_norm != 0u) { key = pack4(unpack4(key) * k_scale * k_norm[i]); }
      keys[own + i] = key;
      values[own + i] = qkv[v + i];
    }
    if (slice < params.first_result) { continue; }

    let q_scale = norm_scale(q) / sqrt(f32(head_width));
    var query: array<vec4f, CHUNK>;
    for (var i = 0u; i < width4; i++) {
      query[i] = unpack4(qkv[q + i]) * q_scale;
      if (params.qk_norm != 0u) { query[i] *= q_norm[i]; }
    }
    var sum: array<vec4f, CHUNK>;
    var max_score = -1e30;
    var total = 0.0;
    let frames = frame_info[0] + select(slice, 0u, params.guidance_passes == 2u) + 1u;
    for (var age = 0u; age < min(params.window, frames); age++) {
      let from_past = cached_head(slot_of(slice, age), token, head);
      var products = vec4f();
      for (var i = 0u; i < width4; i++) { products = fma(query[i], unpack4(keys[from_past + i]), products); }
      let score = dot(products, vec4f(1.0)) + bias[head * params.window + age];
      let new_max = max(max_score, score);
      let rescale = exp(max_score - new_max);
      let weight = exp(score - new_max);
      max_score = new_max;
      total = fma(total, rescale, weight);
      for (var i = 0u; i < width4; i++) { sum[i] = fma(sum[i], vec4f(rescale), weight * unpack4(values[from_past + i])); }
    }
    let result = ((slice - params.first_result) * params.positions + token) * params.heads + head;
    for (var i = 0u; i < width4; i++) { store_head(result, i, sum[i] / total); }
  }
}
