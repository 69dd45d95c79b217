// Which kernels have versions to choose among, at the shapes of a model: those of its dynamics, where a played frame's time goes.

import { ceilDiv } from '../../kernels/common/dispatch_grid.ts'
import { LAYER_NORM_VERSIONS, layerNorm } from '../../kernels/layer_norm/layer_norm.ts'
import { type LinearVersionName, linear } from '../../kernels/linear/linear.ts'
import { type SpatialAttentionVersionName, spatialAttention } from '../../kernels/attention/spatial_attention.ts'
import type { Gpu } from '../gpu/gpu.ts'
import type { Tensor } from '../gpu/tensor.ts'
import type { Contest } from '../gpu/autotune.ts'
import { type Config, patchCount } from './config.ts'

export function contests(gpu: Gpu, { frame, tokenizer, dynamics }: Config): Contest[] {
  const S = patchCount(frame, tokenizer.patch)
  const { width: D, heads, ffn } = dynamics
  const layers = [
    [D, 3 * D],
    [D, D],
    [D, ffn],
    [ffn, D],
    [D, tokenizer.codes],
  ] as const
  const shapes = `${S}×${D}, ${ffn}, ${tokenizer.codes}`
  return [
    {
      kernel: 'linear',
      versions: linearVersions(gpu),
      shapes,
      record: (p, make) => layers.map(([inner, outer]) => linear(p, make([S, inner]), make([inner, outer]))),
    },
    {
      kernel: 'layer_norm',
      versions: gpu.isSoftware ? Object.keys(LAYER_NORM_VERSIONS).toReversed() : Object.keys(LAYER_NORM_VERSIONS),
      shapes,
      record: (p, make) => [layerNorm(p, make([S, D]), make([D], 'f32'), make([D], 'f32'))],
    },
    {
      kernel: 'spatial_attention',
      versions: attentionVersions(gpu),
      shapes: `${S}×${D}, ${heads}`,
      record(p, make) {
        const headWidth = D / heads
        const [q, k, v] = [0, 1, 2].map(() => make([S, heads * 4 * ceilDiv(headWidth, 4)])) as [Tensor, Tensor, Tensor]
        return [spatialAttention(p, q, k, v, { tokens: S, heads, headWidth })]
      },
    },
  ]
}

/** Few, as each must be compiled. `half` is not among them: it is not as exact as the others. */
function linearVersions(gpu: Gpu): LinearVersionName[] {
  if (!gpu.isSoftware)
    return ['workgroup', 'workgroup8x8', 'rows4', 'rows8', ...(gpu.has('octets') ? (['octet'] as const) : [])]
  if (gpu.has('octets')) return ['octet', 'quad']
  return gpu.has('subgroups') ? ['quad', 'rows8'] : ['rows8', 'rows8x2']
}

/** Without the one that computes every score twice. */
function attentionVersions(gpu: Gpu): SpatialAttentionVersionName[] {
  if (!gpu.has('subgroups')) return ['online']
  return gpu.isSoftware ? ['quad', 'online'] : ['online', 'quad']
}
