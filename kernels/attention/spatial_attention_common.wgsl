// Parameters and bindings of all variants of spatial attention. The output is in attention_store(_vec4).wgsl.

struct Params {
  tokens: u32, // S
  heads: u32,
  save_lse: u32, // whether the backward pass needs log_sum_exp
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> queries: array<elem4>; // [blocks, S, heads, padded d]
@group(0) @binding(2) var<storage, read> keys: array<elem4>; // [blocks, S, heads, padded d]
@group(0) @binding(3) var<storage, read> values: array<elem4>; // [blocks, S, heads, padded d]
@group(0) @binding(5) var<storage, read_write> log_sum_exp: array<f32>; // [blocks, S, heads]
