// Counter-based random numbers: a hash of 32 bits, and Gumbel noise from its bits.

// The output function of PCG-RXS-M-XS after one step of its generator.
fn pcg(v: u32) -> u32 {
  let state = v * 747796405u + 2891336453u;
  let word = ((state >> ((state >> 28u) + 4u)) ^ state) * 277803737u;
  return (word >> 22u) ^ word;
}

// -log(-log(1 - v)) with v = (bits >> 9) · 2⁻²³ + 2⁻²⁴. For small v, 1 - v loses the digits of v, hence log1p: 2 artanh(v / (2 - v)).
fn gumbel(bits: u32) -> f32 {
  let v = fma(f32(bits >> 9u), 1.1920928955078125e-7, 5.9604644775390625e-8);
  var exponential = 2.0 * artanh(v / (2.0 - v));
  if (v > 0.5) { exponential = -accurate_log(1.0 - v); }
  return -accurate_log(exponential);
}

// log(x) to the last digit or two, the same on every adapter: WGSL's own may be off by 2⁻²¹ near 1. With x = m · 2^e and m in [√½, √2),
// log m = 2 artanh((m - 1) / (m + 1)).
fn accurate_log(x: f32) -> f32 {
  let bits = bitcast<u32>(x);
  let shifted = bits - 0x3f3504f3u;
  let exponent = f32(bitcast<i32>(shifted) >> 23u);
  let m = bitcast<f32>((shifted & 0x7fffffu) + 0x3f3504f3u);
  return fma(exponent, 0.6931471805599453, 2.0 * artanh((m - 1.0) / (m + 1.0)));
}

// For |z| up to 1/3, by its series, whose terms fall by a factor of 9 or more.
fn artanh(z: f32) -> f32 {
  let q = z * z;
  var p = fma(q, 1.0 / 15.0, 1.0 / 13.0);
  p = fma(q, p, 1.0 / 11.0);
  p = fma(q, p, 1.0 / 9.0);
  p = fma(q, p, 1.0 / 7.0);
  p = fma(q, p, 1.0 / 5.0);
  p = fma(q, p, 1.0 / 3.0);
  return fma(z * q, p, z);
}
