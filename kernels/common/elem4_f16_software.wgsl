// elem4_f16 for a software adapter. Mesa compiles pack2x16float to three branches per number, so this file packs with integer
// arithmetic on four numbers at once. The result is the same to the bit, but NaN becomes infinity.

alias elem4 = vec2u;

fn unpack4(four: elem4) -> vec4f { return vec4f(unpack2x16float(four.x), unpack2x16float(four.y)); }

fn pack4(four: vec4f) -> elem4 {
  let bits = bitcast<vec4u>(four);
  let magnitude = min(bits & vec4u(0x7fffffffu), vec4u(0x47800000u)); // at most 2^16, which is infinity in f16
  // Normal numbers: re-bias the exponent, drop 13 mantissa bits, round to nearest, ties to even.
  let normal = (magnitude - 0x37fff001u + ((magnitude >> vec4u(13u)) & vec4u(1u))) >> vec4u(13u);
  // Subnormal numbers, below 2^-14: adding 0.5 leaves the wanted bits in the mantissa.
  let subnormal = bitcast<vec4u>(bitcast<vec4f>(magnitude) + 0.5) - 0x3f000000u;
  let half = select(normal, subnormal, magnitude < vec4u(0x38800000u)) | ((bits >> vec4u(16u)) & vec4u(0x8000u));
  return half.xz | (half.yw << vec2u(16u));
}
