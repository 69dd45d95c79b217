// The backward pass of add_action.

import type { BackwardOf } from '../../src/gpu/tape.ts'
import type { addActionOperation } from './add_action.ts'
import { tableGradient } from './embedding_backward.ts'

export const addActionBackward: BackwardOf<typeof addActionOperation> = (
  p,
  tape,
  { x, actions, codes, positions, y },
) => {
  const dy = tape.gradient(y)
  if (!dy) return
  tape.setGradient(x, dy)
  tape.setGradient(actions, tableGradient(p, dy, codes, actions.rows, { group: positions }))
}
