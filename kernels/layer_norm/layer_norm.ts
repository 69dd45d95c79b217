// Layer norm over the width of a row, eps 1e-5.

import type { Gpu } from '../../src/gpu/gpu.ts'
import type { Kernel } from '../../src/gpu/kernel.ts'
import type { Program } from '../../src/gpu/program.ts'
import type { Operation } from '../../src/gpu/tape.ts'
import type { Tensor } from '../../src/gpu/tensor.ts'
import { ceilDiv, rowGrid } from '../common/dispatch_grid.ts'
import wgsl from './layer_norm.wgsl?raw'
import statisticsWgsl from './layer_norm_statistics.wgsl?raw'
import threadPerRowWgsl from './layer_norm_thread_per_row.wgsl?raw'

const bindings = ['read', 'read', 'read', 'write'] as const
/** `threadPerRow` takes widths that are a multiple of 4. */
export const LAYER_NORM_VARIANTS = {
  workgroupPerRow: { name: 'layer_norm', sources: [statisticsWgsl, wgsl], bindings },
  threadPerRow: { name: 'layer_norm_thread_per_row', sources: [threadPerRowWgsl], bindings },
} as const satisfies Record<string, Kernel>
export type LayerNormVariantName = keyof typeof LAYER_NORM_VARIANTS

export const layerNormOperation: Operation<{
  x: Tensor
  weight: Tensor
  bias: Tensor
  rowStride: number
  y: Tensor
}> = { name: 'layer_norm' }

/** x [rows · rowStride, D], weight and bias f32 [D] → [rows, D]: row r of the result is that of row r · rowStride of x. */
export function layerNorm(p: Program, x: Tensor, weight: Tensor, bias: Tensor, rowStride = 1): Tensor {
  const rows = x.rows / rowStride
  const y = p.temp(`${weight.label} output`, [rows, x.width])
  const variant = layerNormVariant(p.gpu, x.width)
  const params = { rows, width: x.width, row_stride: rowStride }
  p.dispatch(LAYER_NORM_VARIANTS[variant], params, [x, weight, bias, y], layerNormGrid(variant, rows))
  p.tape?.record(layerNormOperation, { x, weight, bias, rowStride, y })
  return y
}

export const layerNormGrid = (variant: LayerNormVariantName, rows: number): [number, number?] =>
  variant === 'threadPerRow' ? [ceilDiv(rows, 4)] : rowGrid(rows)

/** The tuned variant, else the barrier-free one on a software adapter. Forward and backward use the same one. */
export function layerNormVariant(gpu: Gpu, width: number): LayerNormVariantName {
  if (width % 4 !== 0) return 'workgroupPerRow'
  const chosen = gpu.variants.get('layer_norm') as LayerNormVariantName | undefined
  return chosen ?? (gpu.isSoftwareAdapter ? 'threadPerRow' : 'workgroupPerRow')
}
