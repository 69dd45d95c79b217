// x · tableᵀ: how alike each row is to each row of a table, as the logits of naming it.

import type { Program } from '../src/gpu/program.ts'
import type { BackwardOf, Operation } from '../src/gpu/tape.ts'
import type { Tensor } from '../src/gpu/tensor.ts'
import { linear } from './linear.ts'
import { timesTransposed } from './linear_backward.ts'

export const similarityOperation: Operation<{ x: Tensor; table: Tensor; y: Tensor }> = { name: 'similarity' }

/** x [rows, C], table [A, C] → inner products [rows, A]. The table is a constant: no gradient reaches it. */
export function similarity(p: Program, x: Tensor, table: Tensor): Tensor {
  const y = timesTransposed(p, x, table)
  p.tape?.note(similarityOperation, { x, table, y })
  return y
}

export const similarityBackward: BackwardOf<typeof similarityOperation> = (p, tape, { x, table, y }) => {
  const dy = tape.gradient(y)
  if (dy) tape.add(x, soFar => linear(p, dy, table, { residual: soFar }))
}
