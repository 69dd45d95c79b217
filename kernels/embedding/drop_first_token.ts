// Blocks without their first rows: the latents of a clip's transitions, and the way back through prepend_token. Each of the two
// is the other's way back.

import type { Kernel } from '../../src/gpu/kernel.ts'
import type { Program } from '../../src/gpu/program.ts'
import type { BackwardOf, Operation } from '../../src/gpu/tape.ts'
import type { Tensor } from '../../src/gpu/tensor.ts'
import wgsl from './drop_first_token.wgsl?raw'
import { ceilDiv, gridOf } from '../common/dispatch_grid.ts'
import { prependToken, type prependTokenOperation } from './prepend_token.ts'
import { sumRows } from '../rows/reduce_rows.ts'

export const dropFirstKernel: Kernel = { name: 'drop_first', wgsl, bindings: ['read', 'write'] }
export const dropFirstOperation: Operation<{ x: Tensor; tokens: number; y: Tensor }> = { name: 'drop first' }

/** x [blocks · (S + 1), width] → [blocks · S, width], S = `tokens`. */
export function dropFirst(p: Program, x: Tensor, tokens: number): Tensor {
  const rows = (x.rows / (tokens + 1)) * tokens
  const y = p.temp(`${x.label} without the first`, [rows, x.width])
  p.dispatch(dropFirstKernel, { rows, tokens, width: x.width }, [x, y], gridOf(ceilDiv(x.width, 64), rows))
  p.tape?.note(dropFirstOperation, { x, tokens, y })
  return y
}

export const dropFirstBackward: BackwardOf<typeof dropFirstOperation> = (p, tape, { x, tokens, y }) => {
  const dy = tape.gradient(y)
  if (dy) tape.put(x, prependToken(p, dy, p.gpu.tensor('zeros', [x.width]), tokens))
}

export const prependTokenBackward: BackwardOf<typeof prependTokenOperation> = (p, tape, { x, token, tokens, y }) => {
  const dy = tape.gradient(y)
  if (!dy) return
  tape.put(x, dropFirst(p, dy, tokens))
  tape.put(token, sumRows(p, dy, { period: tokens + 1, count: 1 }))
}
