// y = activation(x · Wᵀ + bias) + addend: the layer that takes nearly all of a frame's time.

import type { Gpu } from '../../src/gpu/gpu.ts'
import type { Kernel, OverrideConstants } from '../../src/gpu/kernel.ts'
import type { Program } from '../../src/gpu/program.ts'
import type { Operation } from '../../src/gpu/tape.ts'
import type { Tensor } from '../../src/gpu/tensor.ts'
import { ceilDiv } from '../common/dispatch_grid.ts'
import geluWgsl from '../common/gelu_tanh.wgsl?raw'
import { gelu } from './gelu.ts'
import common from './linear_common.wgsl?raw'
import naive from './linear_naive.wgsl?raw'
import quad from './linear_quad.wgsl?raw'
import register8x4 from './linear_register8x4.wgsl?raw'
import subgroup8 from './linear_subgroup8.wgsl?raw'
import vec4Common from './linear_vec4_common.wgsl?raw'
import workgroup4x4 from './linear_workgroup4x4.wgsl?raw'

interface LinearVariant {
  kernel: Kernel
  /** Rows × outputs that a workgroup computes. */
  tile: [rows: number, outputs: number]
  /** Whether pipelines differ by GELU and addend: faster, but more of them to compile. */
  isSpecialised?: boolean
}

const bindings = ['read', 'read', 'read', 'read', 'write'] as const
const variant = (name: string, wgsl: string, tile: [number, number], requires?: Kernel['requires']): LinearVariant => ({
  kernel: { name: `linear_${name}`, sources: [geluWgsl, common, vec4Common, wgsl], bindings, requires },
  tile,
})

/** The first is the reference for the others, which take widths that are multiples of 4. */
export const LINEAR_VARIANTS = {
  naive: { kernel: { name: 'linear_naive', sources: [geluWgsl, common, naive], bindings }, tile: [8, 8] },
  register8x4: variant('register8x4', register8x4, [64, 32]),
  workgroup4x4: variant('workgroup4x4', workgroup4x4, [64, 64]),
  quad: { ...variant('quad', quad, [16, 64], 'subgroups'), isSpecialised: true },
  subgroup8: variant('subgroup8', subgroup8, [32, 32], 'subgroup8'),
} as const satisfies Record<string, LinearVariant>
export type LinearVariantName = keyof typeof LINEAR_VARIANTS

export interface LinearOptions {
  bias?: Tensor // [out] f32
  /** Apply GELU (tanh form) after the bias. */
  gelu?: boolean
  /** Added last: [rows, out], or fewer rows that repeat (a position embedding), or more, of which the last are added. */
  addend?: Tensor
}

export const linearOperation: Operation<{
  x: Tensor
  weight: Tensor
  bias?: Tensor
  addend?: Tensor
  y: Tensor
}> = { name: 'linear' }

/**
 * x [rows, in], weight [in, out] (a file's [out, in], transposed when loaded) → y [rows, out]. Sums are in f32.
 * Runs the tuned variant, else the default of the adapter; `naive` where a width is not a multiple of 4.
 * @throws Error when x is not as wide as `in`, or when there is a Tape, GELU and an addend
 */
export function linear(p: Program, x: Tensor, weight: Tensor, options: LinearOptions = {}): Tensor {
  if (p.tape && options.gelu) {
    if (options.addend)
      throw new Error(`${weight.label}: GELU with an addend has no backward pass; use one or the other`)
    return gelu(p, linear(p, x, weight, { bias: options.bias }))
  }
  const y = recordLinear(p, linearVariant(p.gpu, weight), x, weight, options)
  p.tape?.record(linearOperation, { x, weight, ...options, y })
  return y
}

/** On a software adapter loads are slow, and subgroups share them; on a real GPU workgroup memory does. */
function linearVariant(gpu: Gpu, weight: Tensor): LinearVariantName {
  if (weight.shape.some(width => width % 4 !== 0)) return 'naive'
  const chosen = gpu.variants.get('linear') as LinearVariantName | undefined
  if (chosen) return chosen
  if (!gpu.isSoftwareAdapter) return 'workgroup4x4'
  return gpu.supports('subgroup8') ? 'subgroup8' : gpu.supports('subgroups') ? 'quad' : 'register8x4'
}

/** One variant, for tests. */
export function recordLinear(
  p: Program,
  name: LinearVariantName,
  x: Tensor,
  weight: Tensor,
  { bias, gelu = false, addend }: LinearOptions = {},
): Tensor {
  const { kernel, tile, isSpecialised }: LinearVariant = LINEAR_VARIANTS[name]
  const [rows, outputs] = tile
  const [inner, outer] = weight.shape as [number, number]
  if (x.width !== inner) throw new Error(`${weight.label}: x is ${x.width} wide, expected ${inner}`)
  const y = p.temp(`${weight.label} output`, [x.rows, outer])
  const addend_rows = addend?.rows ?? 0
  const addend_from = Math.max(addend_rows - x.rows, 0)
  const params = { rows: x.rows, inner, outer, has_bias: !!bias, gelu, addend_rows, addend_from }
  const tensors = [x, weight, bias ?? p.gpu.placeholder, addend ?? p.gpu.placeholder, y]
  const constants: OverrideConstants = isSpecialised ? { with_gelu: Number(gelu), with_addend: Number(!!addend) } : {}
  p.dispatch(kernel, params, tensors, [ceilDiv(outer, outputs), ceilDiv(x.rows, rows)], constants)
  return y
}
