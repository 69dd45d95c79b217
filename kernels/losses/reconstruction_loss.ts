// The reconstruction loss: the mean square error of pixels, given as logits or as colours. Its gradient starts the backward pass.

import type { Kernel } from '../../src/gpu/kernel.ts'
import type { Program } from '../../src/gpu/program.ts'
import type { Tensor } from '../../src/gpu/tensor.ts'
import { rowGrid } from '../common/dispatch_grid.ts'
import geometry from '../common/patch_geometry.wgsl?raw'
import wgsl from './reconstruction_loss.wgsl?raw'

const kernel: Kernel = {
  name: 'reconstruction_loss',
  sources: [geometry, wgsl],
  bindings: ['read', 'read', 'read', 'read', 'write', 'write'],
}

interface ReconstructionLossOptions {
  frames: Tensor // u32 [F, H, W] RGBA8
  weights: Tensor // f32 [F, H, W], by pixel
  patch: number
  /** The weight of each loss term, and the index of this loss. */
  lossWeights: Tensor
  term: number
  /** Whether the values are logits; default true. */
  areLogits?: boolean
}

/**
 * Patches of logits [F · S, 3p²] → f32 [F · S, 2], each patch's share of the weighted and of the plain mean square error. The
 * gradient of the logits is that of lossWeights[term] times the weighted one.
 */
export function reconstructionLoss(
  p: Program,
  logits: Tensor,
  { frames, weights, patch, lossWeights, term, areLogits = true }: ReconstructionLossOptions,
): Tensor {
  const [, height, width] = frames.shape as [number, number, number]
  const dlogits = p.temp('pixel logits gradient', logits.shape)
  const errors = p.temp('pixel errors', [logits.rows, 2])
  const params = { height, width, patch_size: patch, rows: logits.rows, term, are_logits: areLogits }
  p.dispatch(kernel, params, [logits, frames, weights, lossWeights, dlogits, errors], rowGrid(logits.rows))
  p.tape?.setGradient(logits, dlogits)
  return errors
}
