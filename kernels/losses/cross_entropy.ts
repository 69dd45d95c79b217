// The loss of naming one of K, over the rows that have a weight; and where the way back from it begins.

import type { Kernel } from '../../src/gpu/kernel.ts'
import type { Program } from '../../src/gpu/program.ts'
import type { Tensor } from '../../src/gpu/tensor.ts'
import { rowGrid } from '../common/dispatch_grid.ts'
import wgsl from './cross_entropy.wgsl?raw'

export const crossEntropyKernel: Kernel = {
  name: 'cross_entropy',
  sources: [wgsl],
  bindings: ['read', 'read', 'read', 'read', 'write', 'write'],
}

/**
 * logits [rows, K], targets i32 [rows], weights f32 [rows] (which sum to 1 for a mean) → per row f32 [rows, 2], its loss and its
 * weight where it is right. The logits' gradient is that of terms[term] times the summed loss.
 */
export function crossEntropy(
  p: Program,
  logits: Tensor,
  { targets, weights, terms, term }: { targets: Tensor; weights: Tensor; terms: Tensor; term: number },
): Tensor {
  const dlogits = p.temp('logits gradient', logits.shape)
  const losses = p.temp('cross-entropies', [logits.rows, 2])
  const tensors = [logits, targets, weights, terms, dlogits, losses]
  p.dispatch(crossEntropyKernel, { rows: logits.rows, codes: logits.width, term }, tensors, rowGrid(logits.rows))
  p.tape?.setGradient(logits, dlogits)
  return losses
}
