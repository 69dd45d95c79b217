// The kernels of training and what must hold of them. They are in 32-bit floats, as training is.

import type { Cases } from '../../helpers/kernel_tests.ts'
import { attentionBackwardCases, splitHeadsBackwardCases } from './attention_backward.ts'
import { gatherBackwardCases, layerNormBackwardCases, linearBackwardCases, tablesBackwardCases } from './backward.ts'
import { crossEntropyCases, quantiseCases, sigmoidMseCases } from './losses.ts'
import { adamwCases, reseedCases } from './optimizer.ts'

/** By operation; several kernels may share one. */
export const trainingCases: Record<string, Cases> = {
  adamw: adamwCases,
  attention_backward: attentionBackwardCases,
  cross_entropy: crossEntropyCases,
  embedding_backward: gatherBackwardCases,
  layer_norm_backward: layerNormBackwardCases,
  linear_backward: linearBackwardCases,
  vq_straight_through: quantiseCases,
  reset_dead_codes: reseedCases,
  sigmoid_mse: sigmoidMseCases,
  split_heads_backward: splitHeadsBackwardCases,
  tables: tablesBackwardCases,
}
