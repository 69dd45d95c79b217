// y = activation(x · Wᵀ + bias) + residual, the layer nearly all time goes into.

import type { Kernel } from '../src/gpu/kernel.ts'
import type { Program } from '../src/gpu/program.ts'
import type { Tensor } from '../src/gpu/tensor.ts'
import { ceilDiv } from './grid.ts'
import tiled from './linear.wgsl?raw'
import naive from './linear_naive.wgsl?raw'

const bindings = ['read', 'read', 'read', 'read', 'write'] as const
export const linearNaive: Kernel = { name: 'linear_naive', wgsl: naive, bindings }
export const linearTiled: Kernel = { name: 'linear', wgsl: tiled, bindings }

export interface LinearOptions {
  bias?: Tensor // [out] f32
  /** Apply GELU (tanh form) after the bias. */
  gelu?: boolean
  /** Added at the end: [rows, out], or fewer rows that repeat (a position embedding). */
  residual?: Tensor
}

/**
 * x [rows, in], weight [in, out] (a file's [out, in], transposed when loaded) → y [rows, out].
 * Sums are taken in f32. The tiled version runs where both widths are multiples of 4, the naive one elsewhere.
 */
export function linear(p: Program, x: Tensor, weight: Tensor, options: LinearOptions = {}): Tensor {
  const inner = weight.shape[0]!
  const outer = weight.shape[1]!
  return inner % 4 === 0 && outer % 4 === 0
    ? linearVersion(p, linearTiled, [ceilDiv(outer, 32), ceilDiv(x.rows, 64)], x, weight, options)
    : linearVersion(p, linearNaive, [ceilDiv(outer, 8), ceilDiv(x.rows, 8)], x, weight, options)
}

/** One named version of the kernel, for tests and the bench. */
export function linearVersion(
  p: Program,
  kernel: Kernel,
  workgroups: [number, number],
  x: Tensor,
  weight: Tensor,
  { bias, gelu = false, residual }: LinearOptions,
): Tensor {
  const [inner, outer] = weight.shape as [number, number]
  if (x.width !== inner) throw new Error(`${weight.label}: x is ${x.width} wide, expected ${inner}`)
  const y = p.temp(`${weight.label} output`, [x.rows, outer])
  const sizes = { rows: x.rows, inner, outer, has_bias: !!bias, gelu, residual_rows: residual?.rows ?? 0 }
  p.dispatch(kernel, sizes, [x, weight, bias ?? p.gpu.none, residual ?? p.gpu.none, y], workgroups)
  return y
}
