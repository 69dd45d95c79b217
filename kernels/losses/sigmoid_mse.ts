// The loss of pixels drawn from logits, and where the way back from it begins.

import type { Kernel } from '../../src/gpu/kernel.ts'
import type { Program } from '../../src/gpu/program.ts'
import type { Tensor } from '../../src/gpu/tensor.ts'
import { rowGrid } from '../common/dispatch_grid.ts'
import wgsl from './sigmoid_mse.wgsl?raw'

export const sigmoidMseKernel: Kernel = {
  name: 'sigmoid_mse',
  sources: [wgsl],
  bindings: ['read', 'read', 'read', 'read', 'write', 'write'],
}

/**
 * Patches of logits [F · S, 3p²] against frames u32 [F, H, W] RGBA8 with weights f32 [F, H, W] of their pixels → per patch f32
 * [F · S, 2], its shares of the weighted and of the plain mean square error. The logits' gradient is that of terms[term] times
 * the weighted one.
 */
export function sigmoidMse(
  p: Program,
  logits: Tensor,
  {
    frames,
    weights,
    patch,
    terms,
    term,
  }: { frames: Tensor; weights: Tensor; patch: number; terms: Tensor; term: number },
): Tensor {
  const [, height, width] = frames.shape as [number, number, number]
  const dlogits = p.temp('pixel logits gradient', logits.shape)
  const errors = p.temp('pixel errors', [logits.rows, 2])
  const sizes = { height, width, patch_size: patch, rows: logits.rows, term }
  const tensors = [logits, frames, weights, terms, dlogits, errors]
  p.dispatch(sigmoidMseKernel, sizes, tensors, rowGrid(logits.rows))
  p.tape?.setGradient(logits, dlogits)
  return errors
}
