// AdamW, ε 1e-8, on a gradient g scaled by its group's clipping:
// m = β₁ m + (1-β₁) g, v = β₂ v + (1-β₂) g², p = p · (1 - rate · decay) - rate · (m / (1-β₁ᵗ)) / (√(v / (1-β₂ᵗ)) + ε).
// A scale of -1 marks a step that is not finite: nothing changes.
// Grid: one thread per element (elementGrid).

override beta1: f32;
override beta2: f32;

struct Params {
  length: u32,
  group: u32,
  decays: u32, // 1 for matrices
  slow: u32, // 1: a tenth of the rate
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> gradient: array<f32>;
@group(0) @binding(2) var<storage, read> scales: array<f32>; // [groups]
@group(0) @binding(3) var<storage, read> settings: array<f32>; // rate, 1-β₁ᵗ, 1-β₂ᵗ, decay, t
@group(0) @binding(4) var<storage, read_write> parameter: array<f32>;
@group(0) @binding(5) var<storage, read_write> moments: array<vec2f>; // m, v

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u) {
  let at = element_index(id);
  let scale = scales[params.group];
  if (at >= params.length || scale < 0.0) { return; }
  let g = gradient[at] * scale;
  let old = moments[at];
  let m = mix(g, old.x, beta1);
  let v = mix(g * g, old.y, beta2);
  moments[at] = vec2f(m, v);
  let rate = settings[0] * select(1.0, 0.1, params.slow != 0u);
  var p = parameter[at];
  if (params.decays != 0u) { p -= p * rate * settings[3]; }
  parameter[at] = p - rate * (m / settings[1]) / (sqrt(v / settings[2]) + 1e-8);
}
