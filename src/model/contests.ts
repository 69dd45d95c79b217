// Which kernels have versions to choose among, at the shapes of a model: those of its dynamics, where a played frame's time goes.

import { LAYER_NORM_VERSIONS, layerNorm } from '../../kernels/layer_norm.ts'
import { type LinearVersionName, linear } from '../../kernels/linear.ts'
import type { Gpu } from '../gpu/gpu.ts'
import type { Contest } from '../gpu/tune.ts'
import { type Config, patchCount } from './config.ts'

export function contests(gpu: Gpu, { frame, tokenizer, dynamics }: Config): Contest[] {
  const S = patchCount(frame, tokenizer.patch)
  const { width: D, ffn } = dynamics
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
  ]
}

/** Few, as each must be compiled. `half` is not among them: it is not as exact as the others. */
function linearVersions({ isSoftware, device }: Gpu): LinearVersionName[] {
  const withSubgroups = device.features.has('subgroups')
  if (isSoftware) return withSubgroups ? ['quad', 'subgroup'] : ['rows8', 'rows8x2']
  return ['workgroup', 'rows4', 'rows8', ...(withSubgroups ? (['subgroup'] as const) : [])]
}
