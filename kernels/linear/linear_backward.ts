// The way back through linear: gradients of input, weight, bias and residual; and through the GELU beside it.

import type { Kernel } from '../../src/gpu/kernel.ts'
import type { Program } from '../../src/gpu/program.ts'
import type { BackwardOf } from '../../src/gpu/tape.ts'
import type { Tensor } from '../../src/gpu/tensor.ts'
import type { geluOperation } from './gelu.ts'
import geluWgsl from './gelu_backward.wgsl?raw'
import { ceilDiv, elementGroups } from '../common/dispatch_grid.ts'
import { linear, type linearOperation } from './linear.ts'
import weightWgsl from './linear_backward_weight.wgsl?raw'
import { sumRows } from '../rows/reduce_rows.ts'
import { transpose } from '../rows/transpose.ts'

export const weightKernel: Kernel = {
  name: 'linear_backward_weight',
  wgsl: weightWgsl,
  bindings: ['read', 'read', 'write'],
}
export const geluBackwardKernel: Kernel = {
  name: 'gelu_backward',
  wgsl: geluWgsl,
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
  tape.put(weight, weightGradient(p, x, dy, weight.label))
  // dy · Wᵀ + so far.
  tape.add(x, soFar => linear(p, dy, transpose(p, weight), { residual: soFar }))
  if (bias) tape.add(bias, soFar => sumRows(p, dy, { period: 1, soFar }))
  if (residual)
    tape.add(residual, soFar =>
      residual.rows === dy.rows && !soFar ? dy : sumRows(p, dy, { period: residual.rows, soFar }),
    )
}

export const geluBackward: BackwardOf<typeof geluOperation> = (p, tape, { x, y }) => {
  const dy = tape.gradient(y)
  if (!dy) return
  const dx = p.temp('gelu gradient', x.shape)
  p.dispatch(geluBackwardKernel, { length: x.length }, [x, dy, dx], elementGroups(x.length))
  tape.put(x, dx)
}
