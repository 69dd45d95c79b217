// Vector quantisation in training, docs/model.md §8: the decoder receives n + sg(e - n). The backward pass adds the gradients of the
// code loss, which pulls codes to latents and, more weakly, latents to codes. The weights are data, so that one Program serves a plain
// autoencoder, the VQ loss, and forced codes.

import type { Kernel } from '../../src/gpu/kernel.ts'
import type { Program } from '../../src/gpu/program.ts'
import type { Operation } from '../../src/gpu/tape.ts'
import type { Tensor } from '../../src/gpu/tensor.ts'
import { ceilDiv } from '../common/dispatch_grid.ts'
import codeSum from './code_sum.wgsl?raw'
import { residualCodes } from './residual_codes.ts'
import { vqLookup } from './vq_lookup.ts'
import wgsl from './vq_straight_through.wgsl?raw'

const kernel: Kernel = {
  name: 'vq_straight_through',
  sources: [codeSum, wgsl],
  bindings: ['read', 'read', 'read', 'read', 'read', 'write', 'write', 'write'],
}
export const vqStraightThroughOperation: Operation<{
  latents: Tensor
  codebook: Tensor
  codes: Tensor
  lossWeights: Tensor
  codebooks: number
  y: Tensor
}> = { name: 'vq_straight_through' }

/** Indices in `lossWeights`: whether to bypass quantisation, the share of the gradient that passes through, and the two loss weights. */
export const VQ_WEIGHTS = { bypass: 0, straightThrough: 1, commitment: 2, codebook: 3 } as const

/**
 * Unit latents [rows, C], unit codes [K, C], forced codes i32 [rows] (negative: the nearest), lossWeights f32 [4 or more] → y, what the
 * decoder receives [rows, C], codes i32 [rows], and errors f32 [rows, 1], each row's share of mean ‖n - e‖².
 * With N codebooks: latents and codebook [N·K, C] of any length, codes and forced codes i32 [rows, N], and errors [rows, N] after each
 * code. A code is the nearest to the residual after those before it.
 */
export function vqStraightThrough(
  p: Program,
  latents: Tensor,
  codebook: Tensor,
  targetCodes: Tensor,
  lossWeights: Tensor,
  codebooks = 1,
): { y: Tensor; codes: Tensor; errors: Tensor } {
  const { rows, width } = latents
  const shape = codebooks > 1 ? [rows, codebooks] : [rows]
  const nearest = p.temp('nearest codes', shape, 'i32')
  if (codebooks === 1) vqLookup(p, latents, codebook, nearest)
  else residualCodes(p, latents, codebook, codebook, nearest, codebooks)
  const codes = p.temp('codes', shape, 'i32')
  const y = p.temp('quantised', latents.shape)
  const errors = p.temp('code errors', [rows, codebooks])
  const tensors = [latents, codebook, nearest, targetCodes, lossWeights, codes, y, errors]
  const params = { rows, width, codes: codebook.rows / codebooks, codebooks }
  p.dispatch(kernel, params, tensors, [ceilDiv(rows, 64)])
  p.tape?.record(vqStraightThroughOperation, { latents, codebook, codes, lossWeights, codebooks, y })
  return { y, codes, errors }
}
