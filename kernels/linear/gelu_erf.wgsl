// y = x/2 · (1 + erf(x/√2)), GELU in its exact form. erf by Abramowitz and Stegun 7.1.26, whose error is below 1.5e-7.
// Grid: one thread per element (elementGrid).

struct Params {
  length: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<elem>; // [length]
@group(0) @binding(2) var<storage, read_write> y: array<elem>; // [length]

fn erf(v: f32) -> f32 {
  let a = abs(v);
  let t = 1.0 / fma(0.3275911, a, 1.0);
  var p = fma(t, 1.061405429, -1.453152027);
  p = fma(t, p, 1.421413741);
  p = fma(t, p, -0.284496736);
  p = fma(t, p, 0.254829592);
  return sign(v) * (1.0 - t * p * exp(-min(a * a, 80.0)));
}

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u) {
  let i = element_index(id);
  if (i >= params.length) { return; }
  let v = f32(x[i]);
  y[i] = elem(0.5 * v * (1.0 + erf(0.7071067811865476 * v)));
}
