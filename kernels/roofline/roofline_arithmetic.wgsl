// The adapter's peak arithmetic: 16 fused multiply-adds of vec4 per round on 8 sums in registers, without loads. Thread t starts sum n
// at n in all four channels, each round maps a to m² · a + m · c + c with m = t · 1e-9 + 0.999 and c = 0.001, and out[t] is the total.
// Grid: one thread per element of out (x).

struct Params {
  rounds: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read_write> out: array<f32>; // [threads]

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u) {
  let m = vec4f(f32(id.x) * 1e-9 + 0.999);
  let c = vec4f(0.001);
  var a0 = vec4f(0.0); var a1 = vec4f(1.0); var a2 = vec4f(2.0); var a3 = vec4f(3.0);
  var a4 = vec4f(4.0); var a5 = vec4f(5.0); var a6 = vec4f(6.0); var a7 = vec4f(7.0);
  for (var i = 0u; i < params.rounds; i++) {
    a0 = fma(a0, m, c); a1 = fma(a1, m, c); a2 = fma(a2, m, c); a3 = fma(a3, m, c);
    a4 = fma(a4, m, c); a5 = fma(a5, m, c); a6 = fma(a6, m, c); a7 = fma(a7, m, c);
    a0 = fma(a0, m, c); a1 = fma(a1, m, c); a2 = fma(a2, m, c); a3 = fma(a3, m, c);
    a4 = fma(a4, m, c); a5 = fma(a5, m, c); a6 = fma(a6, m, c); a7 = fma(a7, m, c);
  }
  out[id.x] = dot(a0 + a1 + a2 + a3 + a4 + a5 + a6 + a7, vec4f(1.0));
}
