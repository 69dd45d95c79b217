// The backward pass of subtract_code: gradients of x and of the table.

import type { BackwardOf } from '../../src/gpu/tape.ts'
import { tableGradient } from '../embedding/embedding_backward.ts'
import { reduceRows } from '../rows/reduce_rows.ts'
import type { subtractCodeOperation } from './subtract_code.ts'

export const subtractCodeBackward: BackwardOf<typeof subtractCodeOperation> = (
  p,
  tape,
  { x, table, codes, codebook, y },
) => {
  const dy = tape.gradient(y)
  if (!dy) return
  tape.accumulateGradient(x, accumulated => (accumulated ? reduceRows(p, dy, { period: dy.rows, accumulated }) : dy))
  tape.accumulateGradient(table, accumulated =>
    tableGradient(p, dy, codes, table.rows, { codebooks: codebook.count, subtracted: codebook.index, accumulated }),
  )
}
