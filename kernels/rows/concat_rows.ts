// Two tables one under the other: token embeddings and that of the mask, which are two tensors in a file.

import type { Kernel } from '../../src/gpu/kernel.ts'
import type { Program } from '../../src/gpu/program.ts'
import type { BackwardOf, Operation } from '../../src/gpu/tape.ts'
import type { Tensor } from '../../src/gpu/tensor.ts'
import { elementGrid } from '../common/dispatch_grid.ts'
import wgsl from './concat_rows.wgsl?raw'
import { reduceRows } from './reduce_rows.ts'

export const concatRowsKernel: Kernel = { name: 'concat_rows', sources: [wgsl], bindings: ['read', 'read', 'write'] }
export const concatRowsOperation: Operation<{ a: Tensor; b: Tensor; y: Tensor }> = { name: 'concat_rows' }

/** a [m, D], b [n, D] or [D] → [m + n, D]. */
export function concatRows(p: Program, a: Tensor, b: Tensor): Tensor {
  const y = p.temp(`${a.label} and ${b.label}`, [a.rows + b.rows, a.width])
  p.dispatch(concatRowsKernel, { length: y.length, first: a.length }, [a, b, y], elementGrid(y.length))
  p.tape?.record(concatRowsOperation, { a, b, y })
  return y
}

export const concatRowsBackward: BackwardOf<typeof concatRowsOperation> = (p, tape, { a, b, y }) => {
  const dy = tape.gradient(y)
  if (!dy) return
  tape.setGradient(a, reduceRows(p, dy, { period: y.rows, count: a.rows }))
  tape.setGradient(b, reduceRows(p, dy, { period: y.rows, first: a.rows, count: b.rows }))
}
