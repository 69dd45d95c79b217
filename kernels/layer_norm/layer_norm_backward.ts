// The backward pass of layer norm: gradients of input, weight and bias.

import type { Kernel } from '../../src/gpu/kernel.ts'
import type { BackwardOf } from '../../src/gpu/tape.ts'
import { ceilDiv } from '../common/dispatch_grid.ts'
import { type LayerNormVariantName, layerNormGrid, type layerNormOperation, layerNormVariant } from './layer_norm.ts'
import wgsl from './layer_norm_backward.wgsl?raw'
import common from './layer_norm_backward_common.wgsl?raw'
import threadPerRowWgsl from './layer_norm_backward_thread_per_row.wgsl?raw'
import weightWgsl from './layer_norm_backward_weight.wgsl?raw'
import statisticsWgsl from './layer_norm_statistics.wgsl?raw'

const bindings = ['read', 'read', 'read', 'read', 'write', 'write'] as const
/** By the variant of the forward pass. */
const variants: Record<LayerNormVariantName, Kernel> = {
  workgroupPerRow: { name: 'layer_norm_backward', sources: [common, statisticsWgsl, wgsl], bindings },
  threadPerRow: { name: 'layer_norm_backward_thread_per_row', sources: [common, threadPerRowWgsl], bindings },
}
const weightKernel: Kernel = {
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
  const statistics = p.temp('mean and 1/deviation', [dy.rows, 2])
  tape.accumulateGradient(x, accumulated => {
    const dx = p.temp(`${weight.label} input gradient`, x.shape)
    const params = { rows, width, row_stride: rowStride, accumulate: !!accumulated }
    const tensors = [x, weight, dy, accumulated ?? p.gpu.placeholder, dx, statistics]
    const variant = layerNormVariant(p.gpu, width)
    p.dispatch(variants[variant], params, tensors, layerNormGrid(variant, rows))
    return dx
  })
  const [dw, db] = [weight, bias].map(t => p.temp(`${t.label} gradient`, t.shape)) as [typeof x, typeof x]
  const params = { rows: dy.rows, width, row_stride: rowStride }
  p.dispatch(weightKernel, params, [x, dy, statistics, dw, db], [ceilDiv(width, 16)])
  tape.setGradient(weight, dw)
  tape.setGradient(bias, db)
}
