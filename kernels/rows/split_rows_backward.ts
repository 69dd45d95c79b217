// The backward pass of split_rows: a part that the loss does not depend on has a gradient of zero.

import type { BackwardOf } from '../../src/gpu/tape.ts'
import { concatRows } from './concat_rows.ts'
import type { splitRowsOperation } from './split_rows.ts'

export const splitRowsBackward: BackwardOf<typeof splitRowsOperation> = (p, tape, { x, parts }) => {
  const gradients = parts.map(part => tape.gradient(part))
  if (!gradients.some(gradient => gradient)) return
  const all = gradients.map((gradient, n) => gradient ?? p.gpu.tensor('zeros', [...parts[n]!.shape]))
  tape.setGradient(
    x,
    all.reduce((joined, next) => concatRows(p, joined, next)),
  )
}
