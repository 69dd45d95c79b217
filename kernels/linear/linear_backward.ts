// The backward pass of linear: gradients of input, weight, bias and addend.

import type { Kernel } from '../../src/gpu/kernel.ts'
import type { Program } from '../../src/gpu/program.ts'
import type { BackwardOf } from '../../src/gpu/tape.ts'
import type { Tensor } from '../../src/gpu/tensor.ts'
import { ceilDiv } from '../common/dispatch_grid.ts'
import { reduceRows } from '../rows/reduce_rows.ts'
import { transpose } from '../rows/transpose.ts'
import { linear, type linearOperation } from './linear.ts'
import weightWgsl from './linear_backward_weight.wgsl?raw'

const weightKernel: Kernel = {
  name: 'linear_backward_weight',
  sources: [weightWgsl],
  bindings: ['read', 'read', 'write'],
}

export const linearBackward: BackwardOf<typeof linearOperation> = (p, tape, { x, weight, bias, addend, y }) => {
  const dy = tape.gradient(y)
  if (!dy) return
  tape.setGradient(weight, weightGradient(p, x, dy, weight.label))
  tape.accumulateGradient(x, accumulated => linear(p, dy, transpose(p, weight), { addend: accumulated }))
  if (bias) tape.accumulateGradient(bias, accumulated => reduceRows(p, dy, { period: 1, accumulated }))
  if (addend)
    tape.accumulateGradient(addend, accumulated =>
      addend.rows === dy.rows && !accumulated ? dy : reduceRows(p, dy, { period: addend.rows, accumulated }),
    )
}

/** x [rows, in], dy [rows, out] → xᵀ · dy [in, out]: by linear where its fast variants take the widths. */
function weightGradient(p: Program, x: Tensor, dy: Tensor, label: string): Tensor {
  const [inner, outer] = [x.width, dy.width]
  if (dy.rows % 4 === 0 && outer % 4 === 0) return linear(p, transpose(p, x), dy)
  const dw = p.temp(`${label} gradient`, [inner, outer])
  p.dispatch(weightKernel, { rows: dy.rows, inner, outer }, [x, dy, dw], [ceilDiv(outer, 8), ceilDiv(inner, 8)])
  return dw
}
