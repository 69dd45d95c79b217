// y = activation(x · Wᵀ + bias) + residual, the layer nearly all time goes into.

import type { Gpu } from '../../src/gpu/gpu.ts'
import type { Kernel, OverrideConstants } from '../../src/gpu/kernel.ts'
import type { Program } from '../../src/gpu/program.ts'
import type { Operation } from '../../src/gpu/tape.ts'
import type { Tensor } from '../../src/gpu/tensor.ts'
import { ceilDiv } from '../common/dispatch_grid.ts'
import { gelu } from './gelu.ts'
import common from './linear_common.wgsl?raw'
import naive from './linear_naive.wgsl?raw'
import quad from './linear_quad.wgsl?raw'
import register8x4 from './linear_register8x4.wgsl?raw'
import register8x8 from './linear_register8x8.wgsl?raw'
import subgroup8 from './linear_subgroup8.wgsl?raw'
import workgroup4x4 from './linear_workgroup4x4.wgsl?raw'
import workgroup8x8 from './linear_workgroup8x8.wgsl?raw'

/** One way to compute it. */
export interface LinearVariant {
  kernel: Kernel
  /** What one workgroup makes: rows × outputs. */
  tile: [rows: number, outputs: number]
  /** Whether both widths must be multiples of 4. */
  alignedOnly: boolean
  /** Whether GELU and residual, and neither, have a pipeline each: quicker, but each is to be compiled. */
  isSpecialised?: boolean
}

const bindings = ['read', 'read', 'read', 'read', 'write'] as const
const variant = (name: string, wgsl: string, tile: [number, number], requires?: Kernel['requires']): LinearVariant => ({
  kernel: { name: `linear_${name}`, sources: [common, wgsl], bindings, requires },
  tile,
  alignedOnly: true,
})

/** From the simplest up; the first is the one that the others are held to. */
export const LINEAR_VARIANTS = {
  naive: { kernel: { name: 'linear_naive', sources: [naive], bindings }, tile: [8, 8], alignedOnly: false },
  register8x4: variant('register8x4', register8x4, [64, 32]),
  register8x8: variant('register8x8', register8x8, [64, 64]),
  workgroup4x4: variant('workgroup4x4', workgroup4x4, [64, 64]),
  workgroup8x8: variant('workgroup8x8', workgroup8x8, [128, 128]),
  quad: { ...variant('quad', quad, [16, 64], 'subgroups'), isSpecialised: true },
  subgroup8: variant('subgroup8', subgroup8, [32, 32], 'subgroup8'),
} as const satisfies Record<string, LinearVariant>
export type LinearVariantName = keyof typeof LINEAR_VARIANTS

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
  const y = linearVariant(p, variantFor(p.gpu, weight), x, weight, options)
  p.tape?.record(linearOperation, { x, weight, ...options, y })
  return y
}

/** A software adapter pays for loads, which subgroups share; a real one has workgroup memory to share them in. */
function variantFor(gpu: Gpu, weight: Tensor): LinearVariantName {
  if (weight.shape.some(width => width % 4 !== 0)) return 'naive'
  const chosen = gpu.variants.get('linear') as LinearVariantName | undefined
  if (chosen) return chosen
  if (!gpu.isSoftwareAdapter) return 'workgroup4x4'
  return gpu.supports('subgroup8') ? 'subgroup8' : gpu.supports('subgroups') ? 'quad' : 'register8x4'
}

/** One named version of the kernel, for tests and for choosing. */
export function linearVariant(
  p: Program,
  name: LinearVariantName,
  x: Tensor,
  weight: Tensor,
  { bias, gelu = false, residual }: LinearOptions = {},
): Tensor {
  const { kernel, tile, isSpecialised }: LinearVariant = LINEAR_VARIANTS[name]
  const [rows, outputs] = tile
  const [inner, outer] = weight.shape as [number, number]
  if (x.width !== inner) throw new Error(`${weight.label}: x is ${x.width} wide, expected ${inner}`)
  const y = p.temp(`${weight.label} output`, [x.rows, outer])
  const sizes = { rows: x.rows, inner, outer, has_bias: !!bias, gelu, residual_rows: residual?.rows ?? 0 }
  const tensors = [x, weight, bias ?? p.gpu.placeholder, residual ?? p.gpu.placeholder, y]
  const constants: OverrideConstants = isSpecialised ? { may_gelu: Number(gelu), may_add: Number(!!residual) } : {}
  p.dispatch(kernel, sizes, tensors, [ceilDiv(outer, outputs), ceilDiv(x.rows, rows)], constants)
  return y
}
