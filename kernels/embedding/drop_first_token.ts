// Drops the first row of each slice: the latents of a clip's transitions are those of its frames without the first.

import type { Kernel } from '../../src/gpu/kernel.ts'
import type { Program } from '../../src/gpu/program.ts'
import type { Operation } from '../../src/gpu/tape.ts'
import type { Tensor } from '../../src/gpu/tensor.ts'
import { ceilDiv, columnRowGrid } from '../common/dispatch_grid.ts'
import wgsl from './drop_first_token.wgsl?raw'

const kernel: Kernel = { name: 'drop_first_token', sources: [wgsl], bindings: ['read', 'write'] }
export const dropFirstTokenOperation: Operation<{ x: Tensor; positions: number; y: Tensor }> = {
  name: 'drop_first_token',
}

/** x [slices · (S + 1), width] → [slices · S, width], S = `positions`. */
export function dropFirstToken(p: Program, x: Tensor, positions: number): Tensor {
  const rows = (x.rows / (positions + 1)) * positions
  const y = p.temp(`${x.label} without the first`, [rows, x.width])
  p.dispatch(kernel, { rows, positions, width: x.width }, [x, y], columnRowGrid(ceilDiv(x.width, 64), rows))
  p.tape?.record(dropFirstTokenOperation, { x, positions, y })
  return y
}
