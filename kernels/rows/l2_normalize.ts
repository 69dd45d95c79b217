// Rows scaled to length 1: latents and codes are compared by direction alone.

import type { Kernel } from '../../src/gpu/kernel.ts'
import type { Program } from '../../src/gpu/program.ts'
import type { Operation } from '../../src/gpu/tape.ts'
import type { Tensor } from '../../src/gpu/tensor.ts'
import { ceilDiv } from '../common/dispatch_grid.ts'
import wgsl from './l2_normalize.wgsl?raw'

const kernel: Kernel = { name: 'l2_normalize', sources: [wgsl], bindings: ['read', 'write'] }
export const l2NormalizeOperation: Operation<{ x: Tensor; y: Tensor }> = { name: 'l2_normalize' }

/** x [rows, C] → each row divided by its length, no smaller than 1e-12. */
export function l2Normalize(p: Program, x: Tensor): Tensor {
  const y = p.temp(`${x.label} unit`, x.shape)
  p.dispatch(kernel, { rows: x.rows, width: x.width }, [x, y], [ceilDiv(x.rows, 64)])
  p.tape?.record(l2NormalizeOperation, { x, y })
  return y
}
