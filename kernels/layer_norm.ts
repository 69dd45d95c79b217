// Layer norm over the width of a row, eps 1e-5.

import type { Kernel } from '../src/gpu/kernel.ts'
import type { Program } from '../src/gpu/program.ts'
import type { Operation } from '../src/gpu/tape.ts'
import type { Tensor } from '../src/gpu/tensor.ts'
import { ceilDiv, rowGroups } from './grid.ts'
import wgsl from './layer_norm.wgsl?raw'
import rowsWgsl from './layer_norm_rows.wgsl?raw'

const bindings = ['read', 'read', 'read', 'write'] as const
export const layerNormKernel: Kernel = { name: 'layer_norm', wgsl, bindings }
export const layerNormRowsKernel: Kernel = { name: 'layer_norm_rows', wgsl: rowsWgsl, bindings }

export const layerNormOperation: Operation<{
  x: Tensor
  weight: Tensor
  bias: Tensor
  rowStride: number
  y: Tensor
}> = { name: 'layer norm' }

/** x [rows · rowStride, D], weight and bias [D] f32 → [rows, D]; row r of the result is that of row r · rowStride of x. */
export function layerNorm(p: Program, x: Tensor, weight: Tensor, bias: Tensor, rowStride = 1): Tensor {
  const rows = x.rows / rowStride
  const y = p.temp(`${weight.label} output`, [rows, x.width])
  const byRows = p.gpu.isSoftware && x.width % 4 === 0
  const grid: [number, number?] = byRows ? [ceilDiv(rows, 4)] : rowGroups(rows)
  p.dispatch(
    byRows ? layerNormRowsKernel : layerNormKernel,
    { rows, width: x.width, row_stride: rowStride },
    [x, weight, bias, y],
    grid,
  )
  p.tape?.note(layerNormOperation, { x, weight, bias, rowStride, y })
  return y
}
