// Blocks without their first rows: the latents of a clip's transitions, and the way back through prepend_token. Each of the two
// is the other's way back.

import type { Kernel } from '../../src/gpu/kernel.ts'
import type { Program } from '../../src/gpu/program.ts'
import type { BackwardOf, Operation } from '../../src/gpu/tape.ts'
import type { Tensor } from '../../src/gpu/tensor.ts'
import { ceilDiv, columnRowGrid } from '../common/dispatch_grid.ts'
import { reduceRows } from '../rows/reduce_rows.ts'
import wgsl from './drop_first_token.wgsl?raw'
import { prependToken, type prependTokenOperation } from './prepend_token.ts'

export const dropFirstTokenKernel: Kernel = { name: 'drop_first_token', sources: [wgsl], bindings: ['read', 'write'] }
export const dropFirstTokenOperation: Operation<{ x: Tensor; tokens: number; y: Tensor }> = { name: 'drop first' }

/** x [blocks · (S + 1), width] → [blocks · S, width], S = `tokens`. */
export function dropFirstToken(p: Program, x: Tensor, tokens: number): Tensor {
  const rows = (x.rows / (tokens + 1)) * tokens
  const y = p.temp(`${x.label} without the first`, [rows, x.width])
  p.dispatch(dropFirstTokenKernel, { rows, tokens, width: x.width }, [x, y], columnRowGrid(ceilDiv(x.width, 64), rows))
  p.tape?.record(dropFirstTokenOperation, { x, tokens, y })
  return y
}

export const dropFirstTokenBackward: BackwardOf<typeof dropFirstTokenOperation> = (p, tape, { x, tokens, y }) => {
  const dy = tape.gradient(y)
  if (dy) tape.setGradient(x, prependToken(p, dy, p.gpu.tensor('zeros', [x.width]), tokens))
}

export const prependTokenBackward: BackwardOf<typeof prependTokenOperation> = (p, tape, { x, token, tokens, y }) => {
  const dy = tape.gradient(y)
  if (!dy) return
  tape.setGradient(x, dropFirstToken(p, dy, tokens))
  tape.setGradient(token, reduceRows(p, dy, { period: tokens + 1, count: 1 }))
}
