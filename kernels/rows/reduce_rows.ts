// Sums over repeated rows: the gradients of what a forward pass added to many rows, and totals of losses.

import type { Kernel } from '../../src/gpu/kernel.ts'
import type { Program } from '../../src/gpu/program.ts'
import type { Tensor } from '../../src/gpu/tensor.ts'
import { ceilDiv, columnRowGrid } from '../common/dispatch_grid.ts'
import wgsl from './reduce_rows.wgsl?raw'

const kernel: Kernel = { name: 'reduce_rows', sources: [wgsl], bindings: ['read', 'read', 'write'] }

/** x [repeats · period, width] → the sum over repeats of `count` rows from `first` on (default: all), plus `accumulated`: [count, width]. */
export function reduceRows(
  p: Program,
  x: Tensor,
  {
    period,
    first = 0,
    count = period,
    width = x.width,
    accumulated,
  }: { period: number; first?: number; count?: number; width?: number; accumulated?: Tensor },
): Tensor {
  const out = p.temp(`${x.label} sum`, [count, width])
  const repeats = x.length / (width * period)
  const params = { rows: count, repeats, period, first, width, accumulate: !!accumulated }
  const lanes = count < 32 && repeats >= 32 ? 16 : 1
  const tensors = [x, accumulated ?? p.gpu.placeholder, out]
  p.dispatch(kernel, params, tensors, columnRowGrid(ceilDiv(width, 64), count), { lanes })
  return out
}
