// The optimiser: gradient norms, clipping by group, AdamW. What changes from step to step is data in `settings`.

import type { Gpu } from '../../src/gpu/gpu.ts'
import type { Kernel } from '../../src/gpu/kernel.ts'
import type { Program } from '../../src/gpu/program.ts'
import type { Tensor } from '../../src/gpu/tensor.ts'
import { ceilDiv, elementGrid } from '../common/dispatch_grid.ts'
import wgsl from './adamw.wgsl?raw'
import clipWgsl from './clip_gradients.wgsl?raw'
import squareWgsl from './gradient_norm_partials.wgsl?raw'

export const gradientNormPartialsKernel: Kernel = {
  name: 'gradient_norm_partials',
  sources: [squareWgsl],
  bindings: ['read', 'read', 'update'],
}
export const clipGradientsKernel: Kernel = {
  name: 'clip_gradients',
  sources: [clipWgsl],
  bindings: ['read', 'read', 'read', 'read', 'write', 'write', 'update'],
}
export const adamwKernel: Kernel = {
  name: 'adamw',
  sources: [wgsl],
  bindings: ['read', 'read', 'read', 'update', 'update'],
}

/** Elements of a gradient whose squares one workgroup sums: SHARE in gradient_norm_partials.wgsl. */
const ELEMENTS_PER_PARTIAL = 8192

export const BETAS = [0.9, 0.99] as const

/** A tensor that AdamW changes. */
export interface OptimizedTensor {
  tensor: Tensor
  gradient: Tensor
  moments: Tensor // f32 [elements, 2]
  /** Which of the groups whose norms are clipped it belongs to. */
  group: number
  /** Whether weight decay acts on it. */
  decays: boolean
}

/** What the optimiser reads and keeps besides the tensors themselves. */
export interface OptimizerState {
  settings: Tensor // f32 [5]: rate, 1-β₁ᵗ, 1-β₂ᵗ, decay, t from 1
  partials: Tensor // f32 [shares], of the newest whole step or the broken one
  /** Which of the trained tensors a share of the squares is of. */
  partialOwner: readonly number[]
  norms: Tensor // f32 [groups]
  nonfiniteStep: Tensor // u32 [1], the first step whose norm was not finite, 0 for none
}

/** The values of `settings` at step t, from 1. */
export const optimizerSettings = (rate: number, decay: number, t: number): Float32Array<ArrayBuffer> =>
  Float32Array.of(rate, 1 - BETAS[0] ** t, 1 - BETAS[1] ** t, decay, t)

/**
 * Records one step of AdamW on every tensor, its gradient clipped by the norm of its group. Once a norm is not finite nothing
 * changes any more, and `broken` says since when.
 * @param limits by group, the largest norm that passes unscaled
 */
export function adamw(p: Program, trained: readonly OptimizedTensor[], limits: readonly number[]): OptimizerState {
  const { gpu } = p
  const settings = gpu.tensor('optimiser settings', [5])
  const shares = trained.map(({ gradient }) => ceilDiv(gradient.length, ELEMENTS_PER_PARTIAL))
  const owners = shares.flatMap((count, index) => new Array<number>(count).fill(index))
  const squares = gpu.tensor('gradient squares', [owners.length])
  const norms = gpu.tensor('gradient norms', [limits.length])
  const broken = gpu.tensor('broken step', [1], 'u32')
  const groups = constant(
    gpu,
    'groups',
    Uint32Array.from(owners, index => trained[index]!.group),
  )
  const largest = constant(gpu, 'norm limits', Float32Array.from(limits))
  const scales = p.temp('gradient scales', [limits.length])
  trained.forEach(({ gradient }, index) => {
    const sizes = { length: gradient.length, first: owners.indexOf(index) }
    p.dispatch(gradientNormPartialsKernel, sizes, [gradient, broken, squares], [shares[index]])
  })
  const sizes = { shares: owners.length, groups: limits.length }
  p.dispatch(clipGradientsKernel, sizes, [squares, groups, largest, settings, scales, norms, broken], [1])
  for (const { tensor, gradient, moments, group, decays } of trained) {
    const { length } = tensor
    const tensors = [gradient, scales, settings, tensor, moments]
    p.dispatch(adamwKernel, { length, group, decays }, tensors, elementGrid(length))
  }
  return { settings, partials: squares, partialOwner: owners, norms, nonfiniteStep: broken }
}

function constant(gpu: Gpu, label: string, values: Uint32Array<ArrayBuffer> | Float32Array<ArrayBuffer>): Tensor {
  const t = gpu.tensor(label, [values.length], values instanceof Uint32Array ? 'u32' : 'f32')
  gpu.write(t, values)
  return t
}
