// y = activation(x · W + bias) + addend in its simplest form, for any widths. The other variants are tested against it.
// From gelu_tanh (common), linear_common: gelu, bindings.
// Grid: one thread per output (x) and row (y).

alias operand = elem;
alias bias_operand = f32;

@compute @workgroup_size(8, 8)
fn main(@builtin(global_invocation_id) id: vec3u) {
  let column = id.x;
  let row = id.y;
  if (column >= params.outer || row >= params.rows) { return; }
  var sum = 0.0;
  for (var i = 0u; i < params.inner; i++) {
    sum = fma(f32(x[row * params.inner + i]), f32(weight[i * params.outer + column]), sum);
  }
  if (params.has_bias != 0u) { sum += bias[column]; }
  if (params.gelu != 0u) { sum = gelu(sum); }
  if (params.addend_rows > 0u) { sum += f32(addend[((row + params.addend_from) % max(params.addend_rows, 1u)) * params.outer + column]); }
  y[row * params.outer + column] = elem(sum);
}
