// The latent action, added to every token of the frame it leaves from.

import type { Kernel } from '../../src/gpu/kernel.ts'
import type { Program } from '../../src/gpu/program.ts'
import type { Operation } from '../../src/gpu/tape.ts'
import type { Tensor } from '../../src/gpu/tensor.ts'
import { ceilDiv, columnRowGrid } from '../common/dispatch_grid.ts'
import wgsl from './add_action.wgsl?raw'

export const addActionKernel: Kernel = { name: 'add_action', sources: [wgsl], bindings: ['read', 'read', 'update'] }

export const addActionOperation: Operation<{ x: Tensor; actions: Tensor; codes: Tensor; tokens: number }> = {
  name: 'add action',
}

/** x [blocks · S, D] += actions [A, D] at codes i32 [blocks], in place. */
export function addAction(p: Program, x: Tensor, actions: Tensor, codes: Tensor, tokens: number): void {
  const sizes = { rows: x.rows, tokens, width: x.width }
  p.dispatch(addActionKernel, sizes, [actions, codes, x], columnRowGrid(ceilDiv(x.width, 64), x.rows))
  p.tape?.record(addActionOperation, { x, actions, codes, tokens })
}
