// The backward pass of concat_rows.

import type { BackwardOf } from '../../src/gpu/tape.ts'
import type { concatRowsOperation } from './concat_rows.ts'
import { reduceRows } from './reduce_rows.ts'

export const concatRowsBackward: BackwardOf<typeof concatRowsOperation> = (p, tape, { a, b, y }) => {
  const dy = tape.gradient(y)
  if (!dy) return
  tape.setGradient(a, reduceRows(p, dy, { period: y.rows, count: a.rows }))
  tape.setGradient(b, reduceRows(p, dy, { period: y.rows, first: a.rows, count: b.rows }))
}
