// The way back through linear: gradients of input, weight, bias and residual; and through the GELU beside it.

import type { Kernel } from '../src/gpu/kernel.ts'
import type { Program } from '../src/gpu/program.ts'
import type { BackwardOf } from '../src/gpu/tape.ts'
import type { Tensor } from '../src/gpu/tensor.ts'
import type { geluOperation } from './gelu.ts'
import geluWgsl from './gelu_backward.wgsl?raw'
import { ceilDiv, elementGroups } from './grid.ts'
import type { linearOperation } from './linear.ts'
import inputWgsl from './linear_backward_input.wgsl?raw'
import inputNaiveWgsl from './linear_backward_input_naive.wgsl?raw'
import weightWgsl from './linear_backward_weight.wgsl?raw'
import weightNaiveWgsl from './linear_backward_weight_naive.wgsl?raw'
import { sumRows } from './sum_rows.ts'

const inputBindings = ['read', 'read', 'read', 'write'] as const
const weightBindings = ['read', 'read', 'write'] as const
export const inputKernel: Kernel = { name: 'linear_backward_input', wgsl: inputWgsl, bindings: inputBindings }
export const inputNaiveKernel: Kernel = {
  name: 'linear_backward_input_naive',
  wgsl: inputNaiveWgsl,
  bindings: inputBindings,
}
export const weightKernel: Kernel = { name: 'linear_backward_weight', wgsl: weightWgsl, bindings: weightBindings }
export const weightNaiveKernel: Kernel = {
  name: 'linear_backward_weight_naive',
  wgsl: weightNaiveWgsl,
  bindings: weightBindings,
}
export const geluBackwardKernel: Kernel = {
  name: 'gelu_backward',
  wgsl: geluWgsl,
  bindings: ['read', 'read', 'write'],
}

const inFours = ({ shape }: Tensor) => shape.every(n => n % 4 === 0)

/** dy [rows, out], weight [in, out] → dy · Wᵀ, plus `soFar`, [rows, in]. */
export function timesTransposed(p: Program, dy: Tensor, weight: Tensor, soFar?: Tensor): Tensor {
  const [inner, outer] = weight.shape as [number, number]
  const dx = p.temp(`${weight.label} input gradient`, [dy.rows, inner])
  const [kernel, grid]: [Kernel, [number, number]] = inFours(weight)
    ? [inputKernel, [ceilDiv(inner, 32), ceilDiv(dy.rows, 64)]]
    : [inputNaiveKernel, [ceilDiv(inner, 8), ceilDiv(dy.rows, 8)]]
  const sizes = { rows: dy.rows, inner, outer, has_so_far: !!soFar }
  p.dispatch(kernel, sizes, [dy, weight, soFar ?? p.gpu.none, dx], grid)
  return dx
}

/** x [rows, in], dy [rows, out] → xᵀ · dy, [in, out]. */
export function weightGradient(p: Program, x: Tensor, dy: Tensor, label: string): Tensor {
  const [inner, outer] = [x.width, dy.width]
  const dw = p.temp(`${label} gradient`, [inner, outer])
  const [kernel, grid]: [Kernel, [number, number]] = inFours(dw)
    ? [weightKernel, [ceilDiv(outer, 32), ceilDiv(inner, 64)]]
    : [weightNaiveKernel, [ceilDiv(outer, 8), ceilDiv(inner, 8)]]
  p.dispatch(kernel, { rows: dy.rows, inner, outer }, [x, dy, dw], grid)
  return dw
}

export const linearBackward: BackwardOf<typeof linearOperation> = (p, tape, { x, weight, bias, residual, y }) => {
  const dy = tape.gradient(y)
  if (!dy) return
  tape.put(weight, weightGradient(p, x, dy, weight.label))
  tape.add(x, soFar => timesTransposed(p, dy, weight, soFar))
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
