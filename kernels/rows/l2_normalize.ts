// Rows of length 1: latents and codes, whose lengths mean nothing.

import type { Kernel } from '../../src/gpu/kernel.ts'
import type { Program } from '../../src/gpu/program.ts'
import type { BackwardOf, Operation } from '../../src/gpu/tape.ts'
import type { Tensor } from '../../src/gpu/tensor.ts'
import { ceilDiv } from '../common/dispatch_grid.ts'
import wgsl from './l2_normalize.wgsl?raw'
import backwardWgsl from './l2_normalize_backward.wgsl?raw'

export const l2NormalizeKernel: Kernel = { name: 'l2_normalize', sources: [wgsl], bindings: ['read', 'write'] }
export const l2NormalizeBackwardKernel: Kernel = {
  name: 'l2_normalize_backward',
  sources: [backwardWgsl],
  bindings: ['read', 'read', 'write'],
}
export const l2NormalizeOperation: Operation<{ x: Tensor; y: Tensor }> = { name: 'unit rows' }

/** x [rows, C] → each row divided by its length, no smaller than 1e-12. */
export function l2Normalize(p: Program, x: Tensor): Tensor {
  const y = p.temp(`${x.label} unit`, x.shape)
  p.dispatch(l2NormalizeKernel, { rows: x.rows, width: x.width }, [x, y], [ceilDiv(x.rows, 64)])
  p.tape?.record(l2NormalizeOperation, { x, y })
  return y
}

export const l2NormalizeBackward: BackwardOf<typeof l2NormalizeOperation> = (p, tape, { x, y }) => {
  const dy = tape.gradient(y)
  if (!dy) return
  const dx = p.temp(`${x.label} gradient`, x.shape)
  p.dispatch(l2NormalizeBackwardKernel, { rows: x.rows, width: x.width }, [x, dy, dx], [ceilDiv(x.rows, 64)])
  tape.setGradient(x, dx)
}
