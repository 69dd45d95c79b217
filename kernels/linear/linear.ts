// y = activation(x · Wᵀ + bias) + residual, the layer nearly all time goes into.

import type { Gpu } from '../../src/gpu/gpu.ts'
import type { Constants, Kernel } from '../../src/gpu/kernel.ts'
import type { Program } from '../../src/gpu/program.ts'
import type { Operation } from '../../src/gpu/tape.ts'
import type { Tensor } from '../../src/gpu/tensor.ts'
import { gelu } from './gelu.ts'
import { ceilDiv } from '../common/dispatch_grid.ts'
import half from './linear_f16.wgsl?raw'
import naive from './linear_naive.wgsl?raw'
import octet from './linear_subgroup8.wgsl?raw'
import operands from './linear_common.wgsl?raw'
import quad from './linear_quad.wgsl?raw'
import rows4 from './linear_register4x4.wgsl?raw'
import rows8 from './linear_register8x4.wgsl?raw'
import rows8x2 from './linear_register8x8.wgsl?raw'
import workgroup from './linear_workgroup4x4.wgsl?raw'
import workgroup8x8 from './linear_workgroup8x8.wgsl?raw'

/** One way to compute it. */
export interface LinearVersion {
  kernel: Kernel
  /** What one workgroup makes: rows × outputs. */
  tile: [rows: number, outputs: number]
  /** Whether both widths must be multiples of 4. */
  wholeVec4: boolean
  /** Whether GELU and residual, and neither, have a pipeline each: quicker, but each is to be compiled. */
  isSpecialised?: boolean
}

const bindings = ['read', 'read', 'read', 'read', 'write'] as const
const version = (name: string, wgsl: string, tile: [number, number], needs?: Kernel['needs']): LinearVersion => ({
  kernel: { name: `linear_${name}`, wgsl: operands + wgsl, bindings, needs },
  tile,
  wholeVec4: true,
})

/** From the simplest up; the first is the one that the others are held to. */
export const LINEAR_VERSIONS = {
  naive: { kernel: { name: 'linear_naive', wgsl: naive, bindings }, tile: [8, 8], wholeVec4: false },
  rows4: version('rows4', rows4, [32, 32]),
  rows8: version('rows8', rows8, [64, 32]),
  rows8x2: version('rows8x2', rows8x2, [64, 64]),
  workgroup: version('workgroup', workgroup, [64, 64]),
  workgroup8x8: version('workgroup8x8', workgroup8x8, [128, 128]),
  quad: { ...version('quad', quad, [16, 64], 'subgroups'), isSpecialised: true },
  octet: version('octet', octet, [32, 32], 'octets'),
  half: version('half', half, [32, 32], 'f16'),
} as const satisfies Record<string, LinearVersion>
export type LinearVersionName = keyof typeof LINEAR_VERSIONS

export interface LinearOptions {
  bias?: Tensor // [out] f32
  /** Apply GELU (tanh form) after the bias. */
  gelu?: boolean
  /** Added at the end: [rows, out], or fewer rows that repeat (a position embedding). */
  residual?: Tensor
}

/** y = x · W + bias + residual, W [in, out]. */
export const linearOperation: Operation<{
  x: Tensor
  weight: Tensor
  bias?: Tensor
  residual?: Tensor
  y: Tensor
}> = { name: 'linear' }

/**
 * x [rows, in], weight [in, out] (a file's [out, in], transposed when loaded) → y [rows, out].
 * Sums are taken in f32. Runs the version that `gpu.versions` names for `linear`, else the preset of the adapter; the naive one
 * where a width is no multiple of 4.
 * @throws Error when x is not as wide as W, or GELU and a residual are to be trained in one
 */
export function linear(p: Program, x: Tensor, weight: Tensor, options: LinearOptions = {}): Tensor {
  if (p.tape && options.gelu) {
    if (options.residual) throw new Error(`${weight.label}: GELU with a residual cannot be trained`)
    return gelu(p, linear(p, x, weight, { bias: options.bias }))
  }
  const y = linearVersion(p, versionFor(p.gpu, weight), x, weight, options)
  p.tape?.note(linearOperation, { x, weight, ...options, y })
  return y
}

/** A software adapter pays for loads, which subgroups share; a real one has workgroup memory to share them in. */
function versionFor(gpu: Gpu, weight: Tensor): LinearVersionName {
  if (weight.shape.some(width => width % 4 !== 0)) return 'naive'
  const chosen = gpu.versions.get('linear') as LinearVersionName | undefined
  if (chosen) return chosen
  if (!gpu.isSoftware) return 'workgroup'
  return gpu.has('octets') ? 'octet' : gpu.has('subgroups') ? 'quad' : 'rows8'
}

/** One named version of the kernel, for tests and for choosing. */
export function linearVersion(
  p: Program,
  name: LinearVersionName,
  x: Tensor,
  weight: Tensor,
  { bias, gelu = false, residual }: LinearOptions = {},
): Tensor {
  const { kernel, tile, isSpecialised }: LinearVersion = LINEAR_VERSIONS[name]
  const [rows, outputs] = tile
  const [inner, outer] = weight.shape as [number, number]
  if (x.width !== inner) throw new Error(`${weight.label}: x is ${x.width} wide, expected ${inner}`)
  const y = p.temp(`${weight.label} output`, [x.rows, outer])
  const sizes = { rows: x.rows, inner, outer, has_bias: !!bias, gelu, residual_rows: residual?.rows ?? 0 }
  const tensors = [x, weight, bias ?? p.gpu.none, residual ?? p.gpu.none, y]
  const constants: Constants = isSpecialised ? { may_gelu: Number(gelu), may_add: Number(!!residual) } : {}
  p.dispatch(kernel, sizes, tensors, [ceilDiv(outer, outputs), ceilDiv(x.rows, rows)], constants)
  return y
}
