// The backward pass of vq_straight_through: gradients of latents and codebook.

import type { Kernel } from '../../src/gpu/kernel.ts'
import type { BackwardOf } from '../../src/gpu/tape.ts'
import { ceilDiv, columnRowGrid } from '../common/dispatch_grid.ts'
import codeSum from './code_sum.wgsl?raw'
import type { vqStraightThroughOperation } from './vq_straight_through.ts'
import wgsl from './vq_straight_through_backward.wgsl?raw'
import codebookWgsl from './vq_straight_through_backward_codebook.wgsl?raw'

const kernel: Kernel = {
  name: 'vq_straight_through_backward',
  sources: [codeSum, wgsl],
  bindings: ['read', 'read', 'read', 'read', 'read', 'read', 'write'],
}
const codebookKernel: Kernel = {
  name: 'vq_straight_through_backward_codebook',
  sources: [codeSum, codebookWgsl],
  bindings: ['read', 'read', 'read', 'read', 'write'],
}

export const vqStraightThroughBackward: BackwardOf<typeof vqStraightThroughOperation> = (p, tape, saved) => {
  const { latents, codebook, codes, lossWeights, codebooks, y } = saved
  const dy = tape.gradient(y)
  if (!dy) return
  const { rows, width } = latents
  const params = { rows, width, codes: codebook.rows / codebooks, codebooks }
  tape.accumulateGradient(latents, accumulated => {
    const dn = p.temp('latents gradient', latents.shape)
    const tensors = [latents, codebook, codes, dy, lossWeights, accumulated ?? p.gpu.placeholder, dn]
    const grid = columnRowGrid(ceilDiv(width, 64), rows)
    p.dispatch(kernel, { ...params, accumulate: !!accumulated }, tensors, grid)
    return dn
  })
  const de = p.temp('codebook gradient', codebook.shape)
  const grid = columnRowGrid(ceilDiv(width, 64), codebook.rows)
  p.dispatch(codebookKernel, params, [latents, codebook, codes, lossWeights, de], grid)
  tape.setGradient(codebook, de)
}
