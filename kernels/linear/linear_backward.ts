// The way back through linear: gradients of input, weight, bias and residual; and through the GELU beside it.

import type { Kernel } from '../../src/gpu/kernel.ts'
import type { Program } from '../../src/gpu/program.ts'
import type { BackwardOf } from '../../src/gpu/tape.ts'
import type { Tensor } from '../../src/gpu/tensor.ts'
import { ceilDiv, elementGrid } from '../common/dispatch_grid.ts'
import { reduceRows } from '../rows/reduce_rows.ts'
import { transpose } from '../rows/transpose.ts'
import type { geluOperation } from './gelu.ts'
import geluWgsl from './gelu_backward.wgsl?raw'
import { linear, type linearOperation } from './linear.ts'
import weightWgsl from './linear_backward_weight.wgsl?raw'

export const weightKernel: Kernel = {
  name: 'linear_backward_weight',
  sources: [weightWgsl],
  bindings: ['read', 'read', 'write'],
}
export const geluBackwardKernel: Kernel = {
  name: 'gelu_backward',
  sources: [geluWgsl],
  bindings: ['read', 'read', 'write'],
}

/** x [rows, in], dy [rows, out] → xᵀ · dy, [in, out]: by linear itself, in whatever version this adapter likes best, where it has more than the naive one. */
export function weightGradient(p: Program, x: Tensor, dy: Tensor, label: string): Tensor {
  const [inner, outer] = [x.width, dy.width]
  if (dy.rows % 4 === 0 && outer % 4 === 0) return linear(p, transpose(p, x), dy)
  const dw = p.temp(`${label} gradient`, [inner, outer])
  p.dispatch(weightKernel, { rows: dy.rows, inner, outer }, [x, dy, dw], [ceilDiv(outer, 8), ceilDiv(inner, 8)])
  return dw
}

export const linearBackward: BackwardOf<typeof linearOperation> = (p, tape, { x, weight, bias, residual, y }) => {
  const dy = tape.gradient(y)
  if (!dy) return
  tape.setGradient(weight, weightGradient(p, x, dy, weight.label))
  // dy · Wᵀ + so far.
  tape.accumulateGradient(x, soFar => linear(p, dy, transpose(p, weight), { residual: soFar }))
  if (bias) tape.accumulateGradient(bias, soFar => reduceRows(p, dy, { period: 1, soFar }))
  if (residual)
    tape.accumulateGradient(residual, soFar =>
      residual.rows === dy.rows && !soFar ? dy : reduceRows(p, dy, { period: residual.rows, soFar }),
    )
}

export const geluBackward: BackwardOf<typeof geluOperation> = (p, tape, { x, y }) => {
  const dy = tape.gradient(y)
  if (!dy) return
  const dx = p.temp('gelu gradient', x.shape)
  p.dispatch(geluBackwardKernel, { length: x.length }, [x, dy, dx], elementGrid(x.length))
  tape.setGradient(x, dx)
}
