// The optimiser: AdamW on gradients clipped by group. What changes from step to step is data in `settings`.

import type { Kernel } from '../../src/gpu/kernel.ts'
import type { Program } from '../../src/gpu/program.ts'
import type { Tensor } from '../../src/gpu/tensor.ts'
import { elementGrid } from '../common/dispatch_grid.ts'
import wgsl from './adamw.wgsl?raw'
import { clipGradients, type GradientNorms } from './clip_gradients.ts'

const kernel: Kernel = { name: 'adamw', sources: [wgsl], bindings: ['read', 'read', 'read', 'update', 'update'] }

const BETAS = [0.9, 0.99] as const

/** A tensor that AdamW changes. */
export interface OptimizedTensor {
  tensor: Tensor
  gradient: Tensor
  moments: Tensor // f32 [elements, 2]
  /** Its group for clipping. */
  group: number
  /** Whether weight decay applies. */
  decays: boolean
  /** Whether its learning rate is a tenth of the others'; default false. */
  slow?: boolean
}

export interface OptimizerState extends GradientNorms {
  settings: Tensor // f32 [5], see optimizerSettings
}

/** The values of `settings` at step t, from 1: learning rate, 1-β₁ᵗ, 1-β₂ᵗ, decay, t. */
export const optimizerSettings = (rate: number, decay: number, t: number): Float32Array<ArrayBuffer> =>
  Float32Array.of(rate, 1 - BETAS[0] ** t, 1 - BETAS[1] ** t, decay, t)

/**
 * Records one step of AdamW on every tensor. After a gradient norm that is not finite, nothing changes any more.
 * @param maxNorms by group, the largest gradient norm that is not clipped
 */
export function adamw(p: Program, tensors: readonly OptimizedTensor[], maxNorms: readonly number[]): OptimizerState {
  const settings = p.gpu.tensor('optimiser settings', [5])
  const { scales, ...norms } = clipGradients(p, tensors, maxNorms, settings)
  const constants = { beta1: BETAS[0], beta2: BETAS[1] }
  for (const { tensor, gradient, moments, group, decays, slow = false } of tensors) {
    const { length } = tensor
    p.dispatch(
      kernel,
      { length, group, decays, slow },
      [gradient, scales, settings, tensor, moments],
      elementGrid(length),
      constants,
    )
  }
  return { settings, ...norms }
}
