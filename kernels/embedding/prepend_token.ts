// One learned token before the S tokens of every frame: the latent action model's action token.

import type { Kernel } from '../../src/gpu/kernel.ts'
import type { Program } from '../../src/gpu/program.ts'
import type { Operation } from '../../src/gpu/tape.ts'
import type { Tensor } from '../../src/gpu/tensor.ts'
import { ceilDiv, columnRowGrid } from '../common/dispatch_grid.ts'
import wgsl from './prepend_token.wgsl?raw'

const kernel: Kernel = { name: 'prepend_token', sources: [wgsl], bindings: ['read', 'read', 'write'] }

export const prependTokenOperation: Operation<{ x: Tensor; token: Tensor; positions: number; y: Tensor }> = {
  name: 'prepend_token',
}

/** x [slices · S, D], token f32 [D] → [slices · (S + 1), D]. */
export function prependToken(p: Program, x: Tensor, token: Tensor, positions: number): Tensor {
  const rows = (x.rows / positions) * (positions + 1)
  const y = p.temp('with action token', [rows, x.width])
  p.dispatch(kernel, { rows, positions, width: x.width }, [x, token, y], columnRowGrid(ceilDiv(x.width, 64), rows))
  p.tape?.record(prependTokenOperation, { x, token, positions, y })
  return y
}
