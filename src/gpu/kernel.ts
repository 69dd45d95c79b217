// A Kernel is data: a WGSL text, its bindings in order, and nothing else. Sizes are `override` constants, given where it is
// dispatched; the element type (f32, or f16 where the Gpu computes in it) comes from a two-line prelude.

/** How a kernel uses a binding: `read` only; `write` makes every element anew; `update` reads and writes in place. */
export type Access = 'read' | 'write' | 'update'

export interface Kernel {
  /** The name of its .wgsl file. */
  name: string
  wgsl: string
  /** What stands at @binding(0), @binding(1), … of group 0, all storage buffers. */
  bindings: readonly Access[]
}

/** Values of a kernel's `override` constants. */
export type Constants = Record<string, number | boolean>

/** What storage element type weights, activations and caches have. Arithmetic is always accumulated in 32 bits. */
export type Precision = 'f32' | 'f16'

/** The whole text of a kernel for a precision. */
export function kernelText(wgsl: string, precision: Precision): string {
  const enable = precision === 'f16' ? 'enable f16;\n' : ''
  return `${enable}alias elem = ${precision};\nalias elem4 = vec4<${precision}>;\n${wgsl}`
}
