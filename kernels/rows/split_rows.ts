// A tensor as parts of equal size: the heads of several codebooks, which are one tensor in a file.

import type { Program } from '../../src/gpu/program.ts'
import type { Operation } from '../../src/gpu/tape.ts'
import type { Tensor } from '../../src/gpu/tensor.ts'
import { reduceRows } from './reduce_rows.ts'

export const splitRowsOperation: Operation<{ x: Tensor; parts: Tensor[] }> = { name: 'split_rows' }

/** x [count · n, D] → `count` times [n, D]; a vector [count · n] → `count` times [1, n]. */
export function splitRows(p: Program, x: Tensor, count: number): Tensor[] {
  const size = x.length / count
  const width = x.shape.length > 1 ? x.width : size
  const rows = size / width
  const parts = Array.from({ length: count }, (_, n) =>
    reduceRows(p, x, { period: count * rows, first: n * rows, count: rows, width }),
  )
  p.tape?.record(splitRowsOperation, { x, parts })
  return parts
}
