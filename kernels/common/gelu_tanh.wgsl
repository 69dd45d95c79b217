// GELU in its tanh form. The argument of tanh is clamped: tanh may overflow, and beyond 12 it is 1 to the last digit.

const GELU_SCALE = 0.7978845608028654; // √(2/π)
const GELU_CUBIC = 0.044715;

fn gelu_tanh(v: f32) -> f32 { return tanh(clamp(GELU_SCALE * (v + GELU_CUBIC * v * v * v), -12.0, 12.0)); }

fn gelu(v: f32) -> f32 { return 0.5 * v * (1.0 + gelu_tanh(v)); }

fn gelu4(v: vec4f) -> vec4f { return vec4f(gelu(v.x), gelu(v.y), gelu(v.z), gelu(v.w)); }
