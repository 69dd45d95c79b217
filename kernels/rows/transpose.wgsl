// y[c, r] = x[r, c].
// Grid: one thread per 4 × 4 elements, x over columns and y over rows of x.

struct Params {
  rows: u32, // of x
  width: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<f32>; // [rows, width]
@group(0) @binding(2) var<storage, read_write> y: array<f32>; // [width, rows]

@compute @workgroup_size(8, 8)
fn main(@builtin(global_invocation_id) id: vec3u) {
  let column = 4u * id.x;
  let row = 4u * id.y;
  if (column >= params.width || row >= params.rows) { return; }
  // Reads past the last row and column are clamped to them, and not stored.
  let columns = min(column + vec4u(0u, 1u, 2u, 3u), vec4u(params.width - 1u));
  let from_x = min(row + vec4u(0u, 1u, 2u, 3u), vec4u(params.rows - 1u)) * params.width;
  let columns_of_x = transpose(mat4x4f(load4(from_x.x + columns), load4(from_x.y + columns), load4(from_x.z + columns), load4(from_x.w + columns)));
  let rows = min(4u, params.rows - row);
  store(columns_of_x[0], column * params.rows + row, rows);
  if (column + 1u < params.width) { store(columns_of_x[1], (column + 1u) * params.rows + row, rows); }
  if (column + 2u < params.width) { store(columns_of_x[2], (column + 2u) * params.rows + row, rows); }
  if (column + 3u < params.width) { store(columns_of_x[3], (column + 3u) * params.rows + row, rows); }
}

fn load4(at: vec4u) -> vec4f { return vec4f(x[at.x], x[at.y], x[at.z], x[at.w]); }

fn store(v: vec4f, at: u32, count: u32) {
  y[at] = v.x;
  if (count > 1u) { y[at + 1u] = v.y; }
  if (count > 2u) { y[at + 2u] = v.z; }
  if (count > 3u) { y[at + 3u] = v.w; }
}
