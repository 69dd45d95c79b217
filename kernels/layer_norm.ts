// Layer norm over the width of a row, eps 1e-5.

import type { Kernel } from '../src/gpu/kernel.ts'
import type { Program } from '../src/gpu/program.ts'
import type { Tensor } from '../src/gpu/tensor.ts'
import { rowGroups } from './grid.ts'
import wgsl from './layer_norm.wgsl?raw'

export const layerNormKernel: Kernel = { name: 'layer_norm', wgsl, bindings: ['read', 'read', 'read', 'write'] }

/** x [rows · rowStride, D], weight and bias [D] f32 → [rows, D]; row r of the result is that of row r · rowStride of x. */
export function layerNorm(p: Program, x: Tensor, weight: Tensor, bias: Tensor, rowStride = 1): Tensor {
  const rows = x.rows / rowStride
  const y = p.temp(`${weight.label} output`, [rows, x.width])
  p.dispatch(layerNormKernel, { rows, width: x.width, row_stride: rowStride }, [x, weight, bias, y], rowGroups(rows))
  return y
}
