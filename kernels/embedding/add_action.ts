// The action embedding, added to every token of the frame that the action leaves from.

import type { Kernel } from '../../src/gpu/kernel.ts'
import type { Program } from '../../src/gpu/program.ts'
import type { Operation } from '../../src/gpu/tape.ts'
import type { Tensor } from '../../src/gpu/tensor.ts'
import { ceilDiv, columnRowGrid } from '../common/dispatch_grid.ts'
import wgsl from './add_action.wgsl?raw'

const kernel: Kernel = { name: 'add_action', sources: [wgsl], bindings: ['read', 'read', 'read', 'write'] }
export const addActionOperation: Operation<{
  x: Tensor
  actions: Tensor
  codes: Tensor
  positions: number
  y: Tensor
}> = {
  name: 'add_action',
}

/** x [slices · S, D], actions [A, D], codes i32 [slices] → x plus the row of its slice's code, S = `positions`. */
export function addAction(p: Program, x: Tensor, actions: Tensor, codes: Tensor, positions: number): Tensor {
  const y = p.temp('with action', x.shape)
  const params = { rows: x.rows, positions, width: x.width }
  p.dispatch(kernel, params, [x, actions, codes, y], columnRowGrid(ceilDiv(x.width, 64), x.rows))
  p.tape?.record(addActionOperation, { x, actions, codes, positions, y })
  return y
}
