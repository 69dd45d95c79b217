// Rows of length 1: latents and codes, whose lengths mean nothing.

import type { Kernel } from '../../src/gpu/kernel.ts'
import type { Program } from '../../src/gpu/program.ts'
import type { BackwardOf, Operation } from '../../src/gpu/tape.ts'
import type { Tensor } from '../../src/gpu/tensor.ts'
import { ceilDiv } from '../common/dispatch_grid.ts'
import wgsl from './l2_normalize.wgsl?raw'
import backwardWgsl from './l2_normalize_backward.wgsl?raw'

export const unitRowsKernel: Kernel = { name: 'unit_rows', wgsl, bindings: ['read', 'write'] }
export const unitRowsBackwardKernel: Kernel = {
  name: 'unit_rows_backward',
  wgsl: backwardWgsl,
  bindings: ['read', 'read', 'write'],
}
export const unitRowsOperation: Operation<{ x: Tensor; y: Tensor }> = { name: 'unit rows' }

/** x [rows, C] → each row divided by its length, no smaller than 1e-12. */
export function unitRows(p: Program, x: Tensor): Tensor {
  const y = p.temp(`${x.label} unit`, x.shape)
  p.dispatch(unitRowsKernel, { rows: x.rows, width: x.width }, [x, y], [ceilDiv(x.rows, 64)])
  p.tape?.note(unitRowsOperation, { x, y })
  return y
}

export const unitRowsBackward: BackwardOf<typeof unitRowsOperation> = (p, tape, { x, y }) => {
  const dy = tape.gradient(y)
  if (!dy) return
  const dx = p.temp(`${x.label} gradient`, x.shape)
  p.dispatch(unitRowsBackwardKernel, { rows: x.rows, width: x.width }, [x, dy, dx], [ceilDiv(x.rows, 64)])
  tape.put(x, dx)
}
