// The backward pass of drop_first_token: the dropped rows get a gradient of zero.

import type { BackwardOf } from '../../src/gpu/tape.ts'
import type { dropFirstTokenOperation } from './drop_first_token.ts'
import { prependToken } from './prepend_token.ts'

export const dropFirstTokenBackward: BackwardOf<typeof dropFirstTokenOperation> = (p, tape, { x, positions, y }) => {
  const dy = tape.gradient(y)
  if (dy) tape.setGradient(x, prependToken(p, dy, p.gpu.tensor('zeros', [x.width]), positions))
}
