// A Kernel is data: a WGSL text, its bindings in order, and nothing else. Its sizes are the fields of its uniform `struct Size`,
// so that one compiled pipeline serves every shape of a model (a software adapter takes up to two seconds to compile one);
// what must be known to keep an array in registers is an `override`. The element type comes from a short prelude.

/** How a kernel uses a binding: `read` only; `write` makes every element anew; `update` reads and writes in place. */
export type Access = 'read' | 'write' | 'update'

export interface Kernel {
  /** The name of its .wgsl file. */
  name: string
  wgsl: string
  /** What stands at @binding(1), @binding(2), … of group 0, all storage buffers; @binding(0) is the uniform `size: Size`. */
  bindings: readonly Access[]
  needs?: Need
}

/** What a kernel may need beyond WebGPU itself: subgroup operations, subgroups of eight lanes or more, or a Gpu of precision f16. */
export type Need = 'subgroups' | 'octets' | 'f16'

/** Values of the u32 fields of a kernel's `struct Size`, by name. */
export type Sizes = Record<string, number | boolean>

/** Values of a kernel's `override` constants. */
export type Constants = Record<string, number>

/** What storage element type weights, activations and caches have. Arithmetic is always accumulated in 32 bits. */
export type Precision = 'f32' | 'f16'

/** The whole text of a kernel for a precision, on a real GPU or on a CPU that plays one. */
export function kernelText({ wgsl, needs }: Kernel, precision: Precision, isSoftware: boolean): string {
  const enable = `${precision === 'f16' ? 'enable f16;\n' : ''}${needs && needs !== 'f16' ? 'enable subgroups;\n' : ''}`
  return `${enable}alias elem = ${precision};\n${FOUR[precision]}\n${PACKED[precision === 'f16' && isSoftware ? 'software' : precision]}\n${wgsl}`
}

/**
 * Four elements on end as they lie in storage, read and written whole: of 16 bits two to a word, as a software adapter takes words
 * one by one.
 */
const FOUR: Record<Precision, string> = {
  f32: `alias elem4 = vec4f;
fn unpacked(four: elem4) -> vec4f { return four; }`,
  f16: `alias elem4 = vec2u;
fn unpacked(four: elem4) -> vec4f { return vec4f(unpack2x16float(four.x), unpack2x16float(four.y)); }`,
}

/** How four numbers become elements. Mesa makes pack2x16float of three branches a number, so that a CPU does better by itself. */
const PACKED = {
  f32: 'fn packed(four: vec4f) -> elem4 { return four; }',
  f16: 'fn packed(four: vec4f) -> elem4 { return vec2u(pack2x16float(four.xy), pack2x16float(four.zw)); }',
  software: `fn packed(four: vec4f) -> elem4 {
  let bits = bitcast<vec4u>(four);
  let size = min(bits & vec4u(0x7fffffffu), vec4u(0x47800000u)); // at most 2¹⁶, which is infinity in 16 bits
  // Another exponent, and 13 digits less, rounded to the nearest, to the even one of two.
  let normal = (size - 0x37fff001u + ((size >> vec4u(13u)) & vec4u(1u))) >> vec4u(13u);
  // Below 2⁻¹⁴ the sum with a half has the digits that are left.
  let tiny = bitcast<vec4u>(bitcast<vec4f>(size) + 0.5) - 0x3f000000u;
  let half = select(normal, tiny, size < vec4u(0x38800000u)) | ((bits >> vec4u(16u)) & vec4u(0x8000u));
  return half.xz | (half.yw << vec2u(16u));
}`,
}

/**
 * The bytes of a kernel's `struct Size`: its fields, all u32, in the order of the text.
 * @throws Error when a field is not given or a value has no field
 */
export function packSizes({ name, wgsl }: Kernel, sizes: Sizes): Uint32Array<ArrayBuffer> {
  const fields = [...(/struct Size \{([^}]*)\}/.exec(wgsl)?.[1] ?? '').matchAll(/^\s*(\w+): u32/gm)].map(m => m[1]!)
  const given = Object.keys(sizes)
  const odd = fields.find(f => !given.includes(f)) ?? given.find(g => !fields.includes(g))
  if (odd !== undefined) throw new Error(`${name}: its Size has ${fields.join(', ')}; given ${given.join(', ')}`)
  const packed = new Uint32Array(Math.max(4, 4 * Math.ceil(fields.length / 4)))
  packed.set(fields.map(f => Number(sizes[f])))
  return packed
}
