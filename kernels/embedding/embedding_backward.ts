// The way back through look-ups: to tables of tokens and actions, and to positions.

import type { Kernel } from '../../src/gpu/kernel.ts'
import type { Program } from '../../src/gpu/program.ts'
import type { BackwardOf } from '../../src/gpu/tape.ts'
import type { Tensor } from '../../src/gpu/tensor.ts'
import type { addActionOperation } from './add_action.ts'
import type { embedOperation } from './embedding.ts'
import wgsl from './embedding_backward.wgsl?raw'
import listsWgsl from './embedding_index_lists.wgsl?raw'
import { ceilDiv, elementGroups, gridOf } from '../common/dispatch_grid.ts'
import { sumRows } from '../rows/reduce_rows.ts'

const listsKernel: Kernel = { name: 'gather_lists', wgsl: listsWgsl, bindings: ['read', 'write', 'write'] }
const gatherBackwardKernel: Kernel = { name: 'gather_backward', wgsl, bindings: ['read', 'read', 'read', 'write'] }

/** dx [indices · group, D], index i32 from element `first` on → the gradient of a table of `rows` rows, [rows, D]. */
export function gatherBackward(
  p: Program,
  dx: Tensor,
  index: Tensor,
  { rows, group, first = 0 }: { rows: number; group: number; first?: number },
): Tensor {
  const indices = dx.rows / group
  const heads = p.temp('first of every row', [rows], 'i32')
  const next = p.temp('next of its row', [indices], 'i32')
  p.dispatch(listsKernel, { indices, first_index: first, rows }, [index, heads, next], elementGroups(rows))
  const dtable = p.temp('table gradient', [rows, dx.width])
  const grid = gridOf(ceilDiv(dx.width, 64), rows)
  p.dispatch(gatherBackwardKernel, { group, rows, width: dx.width }, [heads, next, dx, dtable], grid)
  return dtable
}

export const embedBackward: BackwardOf<typeof embedOperation> = (p, tape, { tokens, table, position, action, x }) => {
  const dx = tape.gradient(x)
  if (!dx) return
  tape.put(table, gatherBackward(p, dx, tokens, { rows: table.rows, group: 1 }))
  tape.put(position, sumRows(p, dx, { period: position.rows }))
  if (!action) return
  const { actions, clock } = action
  tape.put(actions, gatherBackward(p, dx, clock, { rows: actions.rows, group: position.rows, first: 2 }))
}

export const addActionBackward: BackwardOf<typeof addActionOperation> = (p, tape, { x, actions, codes, tokens }) => {
  const dx = tape.gradient(x)
  if (dx) tape.put(actions, gatherBackward(p, dx, codes, { rows: actions.rows, group: tokens }))
}
