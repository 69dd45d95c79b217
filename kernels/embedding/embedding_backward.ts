// The backward pass of embedding: gradients of the tables of tokens and actions, and of positions.

import type { Kernel } from '../../src/gpu/kernel.ts'
import type { Program } from '../../src/gpu/program.ts'
import type { BackwardOf } from '../../src/gpu/tape.ts'
import type { Tensor } from '../../src/gpu/tensor.ts'
import { ceilDiv, columnRowGrid, elementGrid } from '../common/dispatch_grid.ts'
import { reduceRows } from '../rows/reduce_rows.ts'
import type { embeddingOperation } from './embedding.ts'
import wgsl from './embedding_backward.wgsl?raw'
import listsWgsl from './embedding_index_lists.wgsl?raw'

const listsKernel: Kernel = {
  name: 'embedding_index_lists',
  sources: [listsWgsl],
  bindings: ['read', 'write', 'write'],
}
const kernel: Kernel = { name: 'embedding_backward', sources: [wgsl], bindings: ['read', 'read', 'read', 'write'] }

export const embeddingBackward: BackwardOf<typeof embeddingOperation> = (
  p,
  tape,
  { tokens, table, position, action, x },
) => {
  const dx = tape.gradient(x)
  if (!dx) return
  tape.setGradient(table, tableGradient(p, dx, tokens, { rows: table.rows, group: 1 }))
  tape.setGradient(position, reduceRows(p, dx, { period: position.rows }))
  if (!action) return
  const { actions, frameInfo } = action
  tape.setGradient(actions, tableGradient(p, dx, frameInfo, { rows: actions.rows, group: position.rows, first: 2 }))
}

/** dx [indices · group, D], index i32 from element `first` on → the gradient of a table, [rows, D]. */
export function tableGradient(
  p: Program,
  dx: Tensor,
  index: Tensor,
  { rows, group, first = 0 }: { rows: number; group: number; first?: number },
): Tensor {
  const indices = dx.rows / group
  const heads = p.temp('list heads', [rows], 'i32')
  const next = p.temp('list links', [indices], 'i32')
  p.dispatch(listsKernel, { indices, first_index: first, rows }, [index, heads, next], elementGrid(rows))
  const dtable = p.temp('table gradient', [rows, dx.width])
  const grid = columnRowGrid(ceilDiv(dx.width, 64), rows)
  p.dispatch(kernel, { group, rows, width: dx.width }, [heads, next, dx, dtable], grid)
  return dtable
}
