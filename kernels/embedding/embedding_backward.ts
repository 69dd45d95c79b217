// The backward pass of embedding: gradients of the tables of tokens and of rows for frames, and of positions.

import type { Kernel } from '../../src/gpu/kernel.ts'
import type { Program } from '../../src/gpu/program.ts'
import type { BackwardOf } from '../../src/gpu/tape.ts'
import type { Tensor } from '../../src/gpu/tensor.ts'
import { ceilDiv, columnRowGrid, elementGrid } from '../common/dispatch_grid.ts'
import { reduceRows } from '../rows/reduce_rows.ts'
import type { embeddingOperation } from './embedding.ts'
import wgsl from './embedding_backward.wgsl?raw'
import listsWgsl from './embedding_backward_lists.wgsl?raw'

const listsKernel: Kernel = {
  name: 'embedding_backward_lists',
  sources: [listsWgsl],
  bindings: ['read', 'write', 'write'],
}
const kernel: Kernel = {
  name: 'embedding_backward',
  sources: [wgsl],
  bindings: ['read', 'read', 'read', 'read', 'write'],
}

export const embeddingBackward: BackwardOf<typeof embeddingOperation> = (
  p,
  tape,
  { tokens, table, position, frame, codebooks, x },
) => {
  const dx = tape.gradient(x)
  if (!dx) return
  tape.accumulateGradient(table, accumulated => tableGradient(p, dx, tokens, table.rows, { codebooks, accumulated }))
  tape.setGradient(position, reduceRows(p, dx, { period: position.rows }))
  if (!frame) return
  const { frameTable, frameInfo } = frame
  tape.setGradient(frameTable, tableGradient(p, dx, frameInfo, frameTable.rows, { group: position.rows, first: 2 }))
}

/**
 * dx [indices · group, D], index i32 from element `first` on → the gradient of a table, [rows, D]. With N codebooks, index is [indices, N] and
 * row n·K + k is code k of codebook n. `subtracted`: the rows of this one codebook alone were subtracted.
 */
export function tableGradient(
  p: Program,
  dx: Tensor,
  index: Tensor,
  rows: number,
  {
    group = 1,
    first = 0,
    codebooks = 1,
    subtracted,
    accumulated,
  }: { group?: number; first?: number; codebooks?: number; subtracted?: number; accumulated?: Tensor },
): Tensor {
  const indices = dx.rows / group
  const heads = p.temp('list heads', [rows], 'i32')
  const next = p.temp('list links', [indices * codebooks], 'i32')
  const codes = Math.floor(rows / codebooks)
  const listed =
    subtracted === undefined
      ? { first_row: 0, end_row: rows }
      : { first_row: subtracted * codes, end_row: (subtracted + 1) * codes }
  const lists = { indices, first_index: first, rows, codes, codebooks, ...listed }
  p.dispatch(listsKernel, lists, [index, heads, next], elementGrid(rows))
  const dtable = p.temp('table gradient', [rows, dx.width])
  const grid = columnRowGrid(ceilDiv(dx.width, 64), rows)
  const flags = { codebooks, negative: subtracted !== undefined, accumulate: !!accumulated }
  const tensors = [heads, next, dx, accumulated ?? p.gpu.placeholder, dtable]
  p.dispatch(kernel, { group, rows, width: dx.width, ...flags }, tensors, grid)
  return dtable
}
