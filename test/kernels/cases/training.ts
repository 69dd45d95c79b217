// The cases of the training kernels, which compute in 32-bit floats only.

import type { Cases } from '../../helpers/kernel_tests.ts'
import { attentionBackwardCases, splitHeadsBackwardCases } from './attention_backward.ts'
import { embeddingBackwardCases, layerNormBackwardCases, linearBackwardCases, rowsBackwardCases } from './backward.ts'
import { crossEntropyCases, reconstructionLossCases, vqStraightThroughCases } from './losses.ts'
import { adamwCases, resetDeadCodesCases } from './optimizer.ts'

/** By operation; several kernels may share one. */
export const trainingCases: Record<string, Cases> = {
  adamw: adamwCases,
  attention_backward: attentionBackwardCases,
  cross_entropy: crossEntropyCases,
  embedding_backward: embeddingBackwardCases,
  layer_norm_backward: layerNormBackwardCases,
  linear_backward: linearBackwardCases,
  vq_straight_through: vqStraightThroughCases,
  reset_dead_codes: resetDeadCodesCases,
  reconstruction_loss: reconstructionLossCases,
  split_heads_backward: splitHeadsBackwardCases,
  rows: rowsBackwardCases,
}
