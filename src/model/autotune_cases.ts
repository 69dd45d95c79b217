// Autotuning of a model: the kernels that have variants, at the shapes of its dynamics, where most of a played frame's time goes.

import { type SpatialAttentionVariantName, spatialAttention } from '../../kernels/attention/spatial_attention.ts'
import { LAYER_NORM_VARIANTS, layerNorm } from '../../kernels/layer_norm/layer_norm.ts'
import { type LinearVariantName, linear } from '../../kernels/linear/linear.ts'
import { paddedHeadWidth } from '../../kernels/split_heads/split_heads.ts'
import { type AutotuneCase, autotune } from '../gpu/autotune.ts'
import type { Gpu } from '../gpu/gpu.ts'
import type { Tensor } from '../gpu/tensor.ts'
import { type Config, patchCount } from './config.ts'

/** Autotunes what a config's dynamics runs. @param budget milliseconds */
export const tuneModel = (gpu: Gpu, config: Config, budget?: number): Promise<void> =>
  autotune(gpu, autotuneCases(gpu, config), budget)

export function autotuneCases(gpu: Gpu, { frame, tokenizer, dynamics }: Config): AutotuneCase[] {
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
      variants: linearVariants(gpu),
      shapes,
      record: (p, make) => layers.map(([inner, outer]) => linear(p, make([S, inner]), make([inner, outer]))),
    },
    {
      kernel: 'layer_norm',
      variants: gpu.isSoftwareAdapter
        ? Object.keys(LAYER_NORM_VARIANTS).toReversed()
        : Object.keys(LAYER_NORM_VARIANTS),
      shapes,
      record: (p, make) => [layerNorm(p, make([S, D]), make([D], 'f32'), make([D], 'f32'))],
    },
    {
      kernel: 'spatial_attention',
      variants: attentionVariants(gpu),
      shapes: `${S}×${D}, ${heads}`,
      record(p, make) {
        const headWidth = D / heads
        const [q, k, v] = [0, 1, 2].map(() => make([S, heads * paddedHeadWidth(headWidth)])) as [Tensor, Tensor, Tensor]
        return [spatialAttention(p, q, k, v, { positions: S, heads, headWidth })]
      },
    },
  ]
}

/** Few, because each must be compiled. The first is the default of that kind of adapter. */
function linearVariants(gpu: Gpu): LinearVariantName[] {
  if (!gpu.isSoftwareAdapter)
    return ['workgroup4x4', 'register8x4', ...(gpu.supports('subgroup8') ? (['subgroup8'] as const) : [])]
  if (gpu.supports('subgroup8')) return ['subgroup8', 'quad']
  return gpu.supports('subgroups') ? ['quad', 'register8x4'] : ['register8x4']
}

function attentionVariants(gpu: Gpu): SpatialAttentionVariantName[] {
  if (!gpu.supports('subgroups')) return ['online']
  return gpu.isSoftwareAdapter ? ['quad', 'online'] : ['online', 'quad']
}
