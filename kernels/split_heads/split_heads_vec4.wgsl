// split_heads for heads of whole vec4, with nothing to pad. split_heads_ring.wgsl comes before this text.
// Grid: one thread a head of a row, its q, k and v (elementGrid).

@group(0) @binding(1) var<storage, read> qkv: array<elem4>; // [rows, 3 · heads · d]
@group(0) @binding(2) var<storage, read> q_norm: array<vec4f>; // [d]
@group(0) @binding(3) var<storage, read> k_norm: array<vec4f>; // [d]
@group(0) @binding(5) var<storage, read_write> queries: array<elem4>; // [rows, heads, d]
@group(0) @binding(6) var<storage, read_write> keys: array<elem4>; // [slots (+1), S, heads, d]
@group(0) @binding(7) var<storage, read_write> values: array<elem4>; // the same

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u) {
  let at = id.x + (id.y + id.z * 32768u) * 65536u;
  let row = at / params.heads;
  if (row >= params.rows) { return; }
  let head = at % params.heads;
  let width4 = params.head_width / 4u;
  let q = (row * 3u * params.heads + head) * width4;
  let k = q + params.heads * width4;
  let v = k + params.heads * width4;

  let to_query = at * width4;
  let to_cache = (cached(row) * params.heads + head) * width4;
  for (var i = 0u; i < width4; i++) { values[to_cache + i] = qkv[v + i]; }
  if (params.qk_norm == 0u) {
    for (var i = 0u; i < width4; i++) {
      queries[to_query + i] = qkv[q + i];
      keys[to_cache + i] = qkv[k + i];
    }
    return;
  }

  let of_query = norm(q, width4);
  let of_key = norm(k, width4);
  for (var i = 0u; i < width4; i++) {
    queries[to_query + i] = pack4(unpack4(qkv[q + i]) * of_query * q_norm[i]);
    keys[to_cache + i] = pack4(unpack4(qkv[k + i]) * of_key * k_norm[i]);
  }
}

fn norm(from_x: u32, width4: u32) -> f32 {
  var squares = vec4f();
  for (var i = 0u; i < width4; i++) {
    let x = unpack4(qkv[from_x + i]);
    squares = fma(x, x, squares);
  }
  return 1.0 / sqrt(dot(squares, vec4f(1.0)) / f32(params.head_width) + 1e-6);
}
