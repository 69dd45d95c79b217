// The backward pass of prepend_token.

import type { BackwardOf } from '../../src/gpu/tape.ts'
import { reduceRows } from '../rows/reduce_rows.ts'
import { dropFirstToken } from './drop_first_token.ts'
import type { prependTokenOperation } from './prepend_token.ts'

export const prependTokenBackward: BackwardOf<typeof prependTokenOperation> = (p, tape, { x, token, positions, y }) => {
  const dy = tape.gradient(y)
  if (!dy) return
  tape.setGradient(x, dropFirstToken(p, dy, positions))
  tape.setGradient(token, reduceRows(p, dy, { period: positions + 1, count: 1 }))
}
