// A matrix turned round, so that linear can multiply by its transpose. What is turned gets no gradient through it.

import type { Kernel } from '../../src/gpu/kernel.ts'
import type { Program } from '../../src/gpu/program.ts'
import type { Tensor } from '../../src/gpu/tensor.ts'
import { ceilDiv } from '../common/dispatch_grid.ts'
import wgsl from './transpose.wgsl?raw'

export const transposeKernel: Kernel = { name: 'transpose', sources: [wgsl], bindings: ['read', 'write'] }

/** x [rows, width] → [width, rows]. */
export function transpose(p: Program, x: Tensor): Tensor {
  const y = p.temp(`${x.label} turned`, [x.width, x.rows])
  p.dispatch(transposeKernel, { rows: x.rows, width: x.width }, [x, y], [ceilDiv(x.width, 32), ceilDiv(x.rows, 32)])
  return y
}
