// Sums over rows that repeat: gradients of what a forward pass gave to many rows, and losses.

import type { Kernel } from '../../src/gpu/kernel.ts'
import type { Program } from '../../src/gpu/program.ts'
import type { Tensor } from '../../src/gpu/tensor.ts'
import { ceilDiv, columnRowGrid } from '../common/dispatch_grid.ts'
import wgsl from './reduce_rows.wgsl?raw'

export const reduceRowsKernel: Kernel = { name: 'reduce_rows', sources: [wgsl], bindings: ['read', 'read', 'write'] }

/**
 * x, taken as [repeats, period, width] → the sum over repeats of `count` rows from `first` on (default: all `period` rows),
 * [count, width], plus `soFar`.
 */
export function reduceRows(
  p: Program,
  x: Tensor,
  {
    period,
    first = 0,
    count = period,
    width = x.width,
    soFar,
  }: { period: number; first?: number; count?: number; width?: number; soFar?: Tensor },
): Tensor {
  const out = p.temp(`${x.label} sum`, [count, width])
  const repeats = x.length / (width * period)
  const sizes = { rows: count, repeats, period, first, width, has_so_far: !!soFar }
  const lanes = count < 32 && repeats >= 32 ? 16 : 1
  p.dispatch(reduceRowsKernel, sizes, [x, soFar ?? p.gpu.placeholder, out], columnRowGrid(ceilDiv(width, 64), count), {
    lanes,
  })
  return out
}
