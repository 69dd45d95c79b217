// Vector quantisation as training sees it (model.md §8): the decoder receives n + sg(e - n), the codes are drawn to the latents
// and the latents, more weakly, to their codes. What each term weighs is data, so that one Program serves a plain autoencoder,
// the VQ loss, and codes that are given.

import type { Kernel } from '../../src/gpu/kernel.ts'
import type { Program } from '../../src/gpu/program.ts'
import type { BackwardOf, Operation } from '../../src/gpu/tape.ts'
import type { Tensor } from '../../src/gpu/tensor.ts'
import { ceilDiv, columnRowGrid } from '../common/dispatch_grid.ts'
import codebookWgsl from './vq_codebook_backward.wgsl?raw'
import { vqLookup } from './vq_lookup.ts'
import wgsl from './vq_straight_through.wgsl?raw'
import backwardWgsl from './vq_straight_through_backward.wgsl?raw'

export const vqStraightThroughKernel: Kernel = {
  name: 'vq_straight_through',
  sources: [wgsl],
  bindings: ['read', 'read', 'read', 'read', 'read', 'write', 'write', 'write'],
}
export const vqStraightThroughBackwardKernel: Kernel = {
  name: 'vq_straight_through_backward',
  sources: [backwardWgsl],
  bindings: ['read', 'read', 'read', 'read', 'read', 'read', 'write'],
}
export const vqCodebookBackwardKernel: Kernel = {
  name: 'vq_codebook_backward',
  sources: [codebookWgsl],
  bindings: ['read', 'read', 'read', 'read', 'write'],
}
export const vqStraightThroughOperation: Operation<{
  units: Tensor
  codebook: Tensor
  codes: Tensor
  terms: Tensor
  y: Tensor
}> = { name: 'vq_straight_through' }

/** Where in `terms` quantise finds its switches and weights. */
export const VQ_WEIGHTS = { bypass: 0, straightThrough: 1, commitment: 2, codebook: 3 } as const

/**
 * Unit latents [rows, C], unit codes [K, C], given codes i32 [rows] (negative: the nearest), terms f32 [4 or more] → what the decoder
 * receives [rows, C], the codes i32 [rows], and per row f32 [rows, 1] its share of mean ‖n - e‖².
 */
export function vqStraightThrough(
  p: Program,
  units: Tensor,
  codebook: Tensor,
  given: Tensor,
  terms: Tensor,
): { y: Tensor; codes: Tensor; errors: Tensor } {
  const { rows, width } = units
  const nearest = p.temp('nearest codes', [rows], 'i32')
  vqLookup(p, units, codebook, nearest)
  const codes = p.temp('codes', [rows], 'i32')
  const y = p.temp('quantised', units.shape)
  const errors = p.temp('code errors', [rows, 1])
  const tensors = [units, codebook, nearest, given, terms, codes, y, errors]
  p.dispatch(vqStraightThroughKernel, { rows, width }, tensors, [ceilDiv(rows, 64)])
  p.tape?.record(vqStraightThroughOperation, { units, codebook, codes, terms, y })
  return { y, codes, errors }
}

export const vqStraightThroughBackward: BackwardOf<typeof vqStraightThroughOperation> = (p, tape, note) => {
  const { units, codebook, codes, terms, y } = note
  const dy = tape.gradient(y)
  if (!dy) return
  const { rows, width } = units
  tape.accumulateGradient(units, soFar => {
    const dn = p.temp('unit latents gradient', units.shape)
    const tensors = [units, codebook, codes, dy, terms, soFar ?? p.gpu.placeholder, dn]
    const grid = columnRowGrid(ceilDiv(width, 64), rows)
    p.dispatch(vqStraightThroughBackwardKernel, { rows, width, has_so_far: !!soFar }, tensors, grid)
    return dn
  })
  const de = p.temp('unit codes gradient', codebook.shape)
  const grid = columnRowGrid(ceilDiv(width, 64), codebook.rows)
  const tensors = [units, codebook, codes, terms, de]
  p.dispatch(vqCodebookBackwardKernel, { rows, width, codes: codebook.rows }, tensors, grid)
  tape.setGradient(codebook, de)
}
