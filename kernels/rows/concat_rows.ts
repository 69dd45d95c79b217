// Two tables as one: the token embeddings and the mask token's, which are two tensors in a file.

import type { Kernel } from '../../src/gpu/kernel.ts'
import type { Program } from '../../src/gpu/program.ts'
import type { Operation } from '../../src/gpu/tape.ts'
import type { Tensor } from '../../src/gpu/tensor.ts'
import { elementGrid } from '../common/dispatch_grid.ts'
import wgsl from './concat_rows.wgsl?raw'

const kernel: Kernel = { name: 'concat_rows', sources: [wgsl], bindings: ['read', 'read', 'write'] }
export const concatRowsOperation: Operation<{ a: Tensor; b: Tensor; y: Tensor }> = { name: 'concat_rows' }

/** a [m, D], b [n, D] or [D] → [m + n, D]. */
export function concatRows(p: Program, a: Tensor, b: Tensor): Tensor {
  const y = p.temp(`${a.label} and ${b.label}`, [a.rows + b.rows, a.width])
  p.dispatch(kernel, { length: y.length, a_length: a.length }, [a, b, y], elementGrid(y.length))
  p.tape?.record(concatRowsOperation, { a, b, y })
  return y
}
