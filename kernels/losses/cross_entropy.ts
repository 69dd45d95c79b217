// The cross-entropy of K classes over the rows that have a weight. Its gradient starts the backward pass.

import type { Kernel } from '../../src/gpu/kernel.ts'
import type { Program } from '../../src/gpu/program.ts'
import type { Tensor } from '../../src/gpu/tensor.ts'
import { rowGrid } from '../common/dispatch_grid.ts'
import type { CodebookIndex } from '../vq/vq_lookup.ts'
import wgsl from './cross_entropy.wgsl?raw'

const kernel: Kernel = {
  name: 'cross_entropy',
  sources: [wgsl],
  bindings: ['read', 'read', 'read', 'read', 'write', 'write'],
}

interface CrossEntropyOptions {
  targets: Tensor // i32 [rows], with N codebooks [rows, N]
  /** Which codebook the targets are of; default: the only one. */
  codebook?: CodebookIndex
  weights: Tensor // f32 [rows], which sum to 1 for a mean
  /** The weight of each loss term, and the index of this loss. */
  lossWeights: Tensor
  term: number
}

/**
 * logits [rows, K] → f32 [rows, 2]: each row's loss, and its weight where the largest logit is the target's. The gradient of the
 * logits is that of lossWeights[term] times the summed loss.
 */
export function crossEntropy(
  p: Program,
  logits: Tensor,
  { targets, weights, lossWeights, term, codebook = { index: 0, count: 1 } }: CrossEntropyOptions,
): Tensor {
  const dlogits = p.temp('logits gradient', logits.shape)
  const losses = p.temp('cross-entropies', [logits.rows, 2])
  const tensors = [logits, targets, weights, lossWeights, dlogits, losses]
  const { index, count } = codebook
  const params = { rows: logits.rows, codes: logits.width, term, codebook_index: index, codebooks: count }
  p.dispatch(kernel, params, tensors, rowGrid(logits.rows))
  p.tape?.setGradient(logits, dlogits)
  return losses
}
