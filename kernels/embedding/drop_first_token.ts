// Drops the first row of each block: the latents of a clip's transitions are those of its frames without the first.

import type { Kernel } from '../../src/gpu/kernel.ts'
import type { Program } from '../../src/gpu/program.ts'
import type { Operation } from '../../src/gpu/tape.ts'
import type { Tensor } from '../../src/gpu/tensor.ts'
import { ceilDiv, columnRowGrid } from '../common/dispatch_grid.ts'
import wgsl from './drop_first_token.wgsl?raw'

const kernel: Kernel = { name: 'drop_first_token', sources: [wgsl], bindings: ['read', 'write'] }
export const dropFirstTokenOperation: Operation<{ x: Tensor; tokens: number; y: Tensor }> = { name: 'drop_first_token' }

/** x [blocks · (S + 1), width] → [blocks · S, width], S = `tokens`. */
export function dropFirstToken(p: Program, x: Tensor, tokens: number): Tensor {
  const rows = (x.rows / (tokens + 1)) * tokens
  const y = p.temp(`${x.label} without the first`, [rows, x.width])
  p.dispatch(kernel, { rows, tokens, width: x.width }, [x, y], columnRowGrid(ceilDiv(x.width, 64), rows))
  p.tape?.record(dropFirstTokenOperation, { x, tokens, y })
  return y
}
