// Layer norm over the width of a row, eps 1e-5.

import type { Gpu } from '../../src/gpu/gpu.ts'
import type { Kernel } from '../../src/gpu/kernel.ts'
import type { Program } from '../../src/gpu/program.ts'
import type { Operation } from '../../src/gpu/tape.ts'
import type { Tensor } from '../../src/gpu/tensor.ts'
import { ceilDiv, rowGroups } from '../common/dispatch_grid.ts'
import wgsl from './layer_norm.wgsl?raw'
import rowsWgsl from './layer_norm_thread_per_row.wgsl?raw'

const bindings = ['read', 'read', 'read', 'write'] as const
/** Version 1 has a workgroup for every row; `rows` a thread, where the width is a multiple of 4. */
export const LAYER_NORM_VERSIONS = {
  lanes: { name: 'layer_norm', wgsl, bindings },
  rows: { name: 'layer_norm_rows', wgsl: rowsWgsl, bindings },
} as const satisfies Record<string, Kernel>
export type LayerNormVersionName = keyof typeof LAYER_NORM_VERSIONS

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
  const version = layerNormVersion(p.gpu, x.width)
  const grid: [number, number?] = version === 'rows' ? [ceilDiv(rows, 4)] : rowGroups(rows)
  const sizes = { rows, width: x.width, row_stride: rowStride }
  p.dispatch(LAYER_NORM_VERSIONS[version], sizes, [x, weight, bias, y], grid)
  p.tape?.note(layerNormOperation, { x, weight, bias, rowStride, y })
  return y
}

/** The one that `gpu.versions` names for `layer_norm`, for the way back too; else the one without barriers where a CPU plays the GPU. */
export function layerNormVersion(gpu: Gpu, width: number): LayerNormVersionName {
  if (width % 4 !== 0) return 'lanes'
  return (gpu.versions.get('layer_norm') as LayerNormVersionName | undefined) ?? (gpu.isSoftware ? 'rows' : 'lanes')
}
