// A Kernel is data: WGSL sources, bindings in order, and what it requires of the adapter. Its sizes are the fields of its uniform
// `struct Params`, so one compiled pipeline serves every shape of a model: a software adapter takes up to two seconds to compile
// one. Only what must be known at compile time, such as the length of an array in registers, is an `override` constant.

import { dispatchGridWgsl } from '../../kernels/common/dispatch_grid.ts'
import elem4F16Wgsl from '../../kernels/common/elem4_f16.wgsl?raw'
import elem4F16SoftwareWgsl from '../../kernels/common/elem4_f16_software.wgsl?raw'
import elem4F32Wgsl from '../../kernels/common/elem4_f32.wgsl?raw'

/** How a kernel uses a binding: `read` only; `write` sets every element; `update` reads and writes in place. */
type Access = 'read' | 'write' | 'update'

export interface Kernel {
  /** The name of its .wgsl file, which is the last of `sources`. */
  name: string
  /** WGSL, joined in this order: what it shares with other kernels first. */
  sources: readonly string[]
  /** The storage buffers at @binding(1), @binding(2), … of group 0. @binding(0) is the uniform `params: Params`. */
  bindings: readonly Access[]
  requires?: Requirement
}

/** What a kernel may require beyond WebGPU's defaults: subgroup operations, or subgroups of at least eight invocations. */
export type Requirement = 'subgroups' | 'subgroup8'

/** Values of the u32 fields of a kernel's `struct Params`, by name. */
export type Params = Record<string, number | boolean>

/** Values of a kernel's `override` constants. */
export type OverrideConstants = Record<string, number>

/** The storage type of weights, activations and caches. Kernels accumulate in 32 bits at either precision. */
export type Precision = 'f32' | 'f16'

/** The whole WGSL of a kernel: enabled extensions, the element type, the grid, the kernel's sources. */
export const shaderSource = (kernel: Kernel, precision: Precision, isSoftwareAdapter: boolean): string =>
  shaderTexts(kernel, precision, isSoftwareAdapter).join('\n')

function shaderTexts({ sources, requires }: Kernel, precision: Precision, isSoftwareAdapter: boolean): string[] {
  const extensions = [precision === 'f16' ? 'f16' : '', requires ? 'subgroups' : ''].filter(Boolean)
  return [
    ...extensions.map(extension => `enable ${extension};`),
    `alias elem = ${precision};`,
    precision === 'f32' ? elem4F32Wgsl : isSoftwareAdapter ? elem4F16SoftwareWgsl : elem4F16Wgsl,
    dispatchGridWgsl,
    ...sources,
  ]
}

/** Which line of a kernel's own file a line of `shaderSource` is, both from 1; of shared text, which text by its first line. */
export function locateLine(kernel: Kernel, precision: Precision, isSoftwareAdapter: boolean, line: number): string {
  const texts = shaderTexts(kernel, precision, isSoftwareAdapter)
  let rest = line
  for (const text of texts.slice(0, -1)) {
    const lines = text.split('\n').length
    if (rest <= lines) return `line ${rest} of the shared text '${text.split('\n')[0]!.slice(0, 80)}'`
    rest -= lines
  }
  return `line ${rest} of ${kernel.name}.wgsl`
}

/**
 * The bytes of a kernel's `struct Params`: its fields, all u32, in the order of the text.
 * @throws Error when a field is not given or a value has no field
 */
export function packParams({ name, sources }: Kernel, params: Params): Uint32Array<ArrayBuffer> {
  const struct = /struct Params ?\{([^}]*)\}/.exec(sources.join('\n'))?.[1] ?? ''
  const fields = [...struct.matchAll(/(\w+): ?u32/g)].map(m => m[1]!)
  const given = Object.keys(params)
  const mismatch = fields.find(f => !given.includes(f)) ?? given.find(g => !fields.includes(g))
  if (mismatch !== undefined) throw new Error(`${name}: its Params are ${fields.join(', ')}; given ${given.join(', ')}`)
  const packed = new Uint32Array(Math.max(4, 4 * Math.ceil(fields.length / 4)))
  packed.set(fields.map(f => Number(params[f])))
  return packed
}
