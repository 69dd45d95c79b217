// A transposed matrix, so that linear can multiply by it.

import type { Kernel } from '../../src/gpu/kernel.ts'
import type { Program } from '../../src/gpu/program.ts'
import type { Operation } from '../../src/gpu/tape.ts'
import type { Tensor } from '../../src/gpu/tensor.ts'
import { ceilDiv } from '../common/dispatch_grid.ts'
import wgsl from './transpose.wgsl?raw'

const kernel: Kernel = { name: 'transpose', sources: [wgsl], bindings: ['read', 'write'] }
export const transposeOperation: Operation<{ x: Tensor; y: Tensor }> = { name: 'transpose' }

/** x [rows, width] → [width, rows]. */
export function transpose(p: Program, x: Tensor): Tensor {
  const y = p.temp(`${x.label} transposed`, [x.width, x.rows])
  p.dispatch(kernel, { rows: x.rows, width: x.width }, [x, y], [ceilDiv(x.width, 32), ceilDiv(x.rows, 32)])
  p.tape?.record(transposeOperation, { x, y })
  return y
}
