// The way back through layer norm: gradients of input, weight and bias.

import type { Kernel } from '../../src/gpu/kernel.ts'
import type { BackwardOf } from '../../src/gpu/tape.ts'
import { ceilDiv, rowGrid } from '../common/dispatch_grid.ts'
import { type LayerNormVariantName, type layerNormOperation, layerNormVariant } from './layer_norm.ts'
import wgsl from './layer_norm_backward.wgsl?raw'
import rowsWgsl from './layer_norm_backward_thread_per_row.wgsl?raw'
import weightWgsl from './layer_norm_backward_weight.wgsl?raw'

const bindings = ['read', 'read', 'read', 'read', 'write', 'write'] as const
/** By the version of the way there. */
const layerNormBackwardKernels: Record<LayerNormVariantName, Kernel> = {
  lanes: { name: 'layer_norm_backward', sources: [wgsl], bindings },
  rows: { name: 'layer_norm_backward_thread_per_row', sources: [rowsWgsl], bindings },
}
export const layerNormBackwardWeightKernel: Kernel = {
  name: 'layer_norm_backward_weight',
  sources: [weightWgsl],
  bindings: ['read', 'read', 'read', 'write', 'write'],
}

export const layerNormBackward: BackwardOf<typeof layerNormOperation> = (
  p,
  tape,
  { x, weight, bias, rowStride, y },
) => {
  const dy = tape.gradient(y)
  if (!dy) return
  const { rows, width } = x
  const statistics = p.temp('means and scales', [dy.rows, 2])
  tape.accumulateGradient(x, soFar => {
    const dx = p.temp(`${weight.label} input gradient`, x.shape)
    const sizes = { rows, width, row_stride: rowStride, has_so_far: !!soFar }
    const tensors = [x, weight, dy, soFar ?? p.gpu.placeholder, dx, statistics]
    const version = layerNormVariant(p.gpu, width)
    const grid: [number, number?] = version === 'rows' ? [ceilDiv(rows, 4)] : rowGrid(rows)
    p.dispatch(layerNormBackwardKernels[version], sizes, tensors, grid)
    return dx
  })
  const [dw, db] = [weight, bias].map(t => p.temp(`${t.label} gradient`, t.shape)) as [typeof x, typeof x]
  const sizes = { rows: dy.rows, width, row_stride: rowStride }
  p.dispatch(layerNormBackwardWeightKernel, sizes, [x, dy, statistics, dw, db], [ceilDiv(width, 16)])
  tape.setGradient(weight, dw)
  tape.setGradient(bias, db)
}
