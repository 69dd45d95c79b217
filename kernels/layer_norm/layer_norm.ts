// Layer norm over the width of a row, eps 1e-5.

import type { Gpu } from '../../src/gpu/gpu.ts'
import type { Kernel } from '../../src/gpu/kernel.ts'
import type { Program } from '../../src/gpu/program.ts'
import type { Operation } from '../../src/gpu/tape.ts'
import type { Tensor } from '../../src/gpu/tensor.ts'
import { ceilDiv, rowGrid } from '../common/dispatch_grid.ts'
import wgsl from './layer_norm.wgsl?raw'
import rowsWgsl from './layer_norm_thread_per_row.wgsl?raw'

const bindings = ['read', 'read', 'read', 'write'] as const
/** Version 1 has a workgroup for every row; `rows` a thread, where the width is a multiple of 4. */
export const LAYER_NORM_VARIANTS = {
  lanes: { name: 'layer_norm', sources: [wgsl], bindings },
  rows: { name: 'layer_norm_thread_per_row', sources: [rowsWgsl], bindings },
} as const satisfies Record<string, Kernel>
export type LayerNormVariantName = keyof typeof LAYER_NORM_VARIANTS

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
  const version = layerNormVariant(p.gpu, x.width)
  const grid: [number, number?] = version === 'rows' ? [ceilDiv(rows, 4)] : rowGrid(rows)
  const sizes = { rows, width: x.width, row_stride: rowStride }
  p.dispatch(LAYER_NORM_VARIANTS[version], sizes, [x, weight, bias, y], grid)
  p.tape?.record(layerNormOperation, { x, weight, bias, rowStride, y })
  return y
}

/** The one that `gpu.versions` names for `layer_norm`, for the way back too; else the one without barriers where a CPU plays the GPU. */
export function layerNormVariant(gpu: Gpu, width: number): LayerNormVariantName {
  if (width % 4 !== 0) return 'lanes'
  return (
    (gpu.variants.get('layer_norm') as LayerNormVariantName | undefined) ?? (gpu.isSoftwareAdapter ? 'rows' : 'lanes')
  )
}
