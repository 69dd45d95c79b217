// Two tables one under the other: token embeddings and that of the mask, which are two tensors in a file.

import type { Kernel } from '../../src/gpu/kernel.ts'
import type { Program } from '../../src/gpu/program.ts'
import type { BackwardOf, Operation } from '../../src/gpu/tape.ts'
import type { Tensor } from '../../src/gpu/tensor.ts'
import { elementGroups } from '../common/dispatch_grid.ts'
import wgsl from './concat_rows.wgsl?raw'
import { sumRows } from './reduce_rows.ts'

export const joinKernel: Kernel = { name: 'join', wgsl, bindings: ['read', 'read', 'write'] }
export const joinOperation: Operation<{ a: Tensor; b: Tensor; y: Tensor }> = { name: 'join' }

/** a [m, D], b [n, D] or [D] → [m + n, D]. */
export function join(p: Program, a: Tensor, b: Tensor): Tensor {
  const y = p.temp(`${a.label} and ${b.label}`, [a.rows + b.rows, a.width])
  p.dispatch(joinKernel, { length: y.length, first: a.length }, [a, b, y], elementGroups(y.length))
  p.tape?.note(joinOperation, { a, b, y })
  return y
}

export const joinBackward: BackwardOf<typeof joinOperation> = (p, tape, { a, b, y }) => {
  const dy = tape.gradient(y)
  if (!dy) return
  tape.put(a, sumRows(p, dy, { period: y.rows, count: a.rows }))
  tape.put(b, sumRows(p, dy, { period: y.rows, first: a.rows, count: b.rows }))
}
