// GELU in its tanh form and its slope. The argument of tanh is clamped: tanh may overflow, and beyond 12 it is 1 to the last digit.

const GELU_SCALE = 0.7978845608028654; // √(2/π)
const GELU_CUBIC = 0.044715;

fn gelu_tanh(v: f32) -> f32 { return tanh(clamp(GELU_SCALE * (v + GELU_CUBIC * v * v * v), -12.0, 12.0)); }

fn gelu(v: f32) -> f32 { return 0.5 * v * (1.0 + gelu_tanh(v)); }

fn gelu4(v: vec4f) -> vec4f { return vec4f(gelu(v.x), gelu(v.y), gelu(v.z), gelu(v.w)); }

// With t the tanh: (1 + t)/2 + v/2 · (1 - t²) · √(2/π) · (1 + 3 · 0.044715 · v²).
fn gelu_slope(v: f32) -> f32 {
  let t = gelu_tanh(v);
  return 0.5 * (1.0 + t) + 0.5 * v * (1.0 - t * t) * (GELU_SCALE * (1.0 + 3.0 * GELU_CUBIC * v * v));
}
