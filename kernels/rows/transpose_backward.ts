// The backward pass of transpose.

import type { BackwardOf } from '../../src/gpu/tape.ts'
import { transpose, type transposeOperation } from './transpose.ts'

export const transposeBackward: BackwardOf<typeof transposeOperation> = (p, tape, { x, y }) => {
  const dy = tape.gradient(y)
  if (dy) tape.setGradient(x, transpose(p, dy))
}
