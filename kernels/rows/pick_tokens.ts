// Some tokens of every frame: an action token alone, or the patches without it.

import type { Kernel } from '../../src/gpu/kernel.ts'
import type { Program } from '../../src/gpu/program.ts'
import type { Tensor } from '../../src/gpu/tensor.ts'
import { ceilDiv, columnRowGrid } from '../common/dispatch_grid.ts'
import wgsl from './pick_tokens.wgsl?raw'

const kernel: Kernel = { name: 'pick_tokens', sources: [wgsl], bindings: ['read', 'write'] }

/** x [frames · positions, D] → [frames · count, D]: `count` tokens of every frame from number `first` on. */
export function pickTokens(p: Program, x: Tensor, positions: number, first: number, count: number): Tensor {
  const rows = (x.rows / positions) * count
  const y = p.temp(`${x.label} tokens ${first}`, [rows, x.width])
  const params = { rows, width: x.width, positions, first, count }
  p.dispatch(kernel, params, [x, y], columnRowGrid(ceilDiv(x.width, 64), rows))
  return y
}
