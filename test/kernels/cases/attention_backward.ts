// The backward passes of both attentions and of split_heads, compared with finite differences.

import { spatialAttention } from '../../../kernels/attention/spatial_attention.ts'
import { temporalAttention } from '../../../kernels/attention/temporal_attention.ts'
import { splitHeads } from '../../../kernels/split_heads/split_heads.ts'
import type { Gpu } from '../../../src/gpu/gpu.ts'
import { gradientsHold } from '../../helpers/gradients.ts'
import { type Cases, requiring, withVariant } from '../../helpers/kernel_tests.ts'
import { floats, type HostArray, words } from '../../helpers/run_kernel.ts'
import {
  spatialAttention as spatialReference,
  splitHeads as splitHeadsReference,
  temporalAttention as temporalReference,
} from '../../reference/attention.ts'
import { padHeads, parts, randomScaled } from './heads.ts'

interface Scene {
  positions: number
  headWidth: number
  heads?: number
  clips?: number
  frames?: number // per clip
  window?: number
  allTokens?: boolean
  /** Each frame twice: finished, and decoded from the finished ones. */
  decoded?: boolean
}

const padded = (gpu: Gpu, seed: number, rows: number, heads: number, d: number): HostArray =>
  floats(
    gpu,
    [rows, heads * Math.ceil(d / 4) * 4],
    padHeads(floats(gpu, [rows, heads * d], randomScaled(seed, 2)).values, d),
  )

/** [… , padded d] → [… , d]. */
const unpadded = (values: Float64Array, d: number) => values.filter((_, i) => i % (Math.ceil(d / 4) * 4) < d)

function spatialHolds(gpu: Gpu, { positions, headWidth, heads = 2, frames = 2 }: Scene) {
  const shape = { positions, heads, headWidth }
  const operand = (seed: number) => padded(gpu, seed, frames * positions, heads, headWidth)
  return gradientsHold(gpu, {
    inputs: { q: operand(1), k: operand(2), v: operand(3) },
    wanted: ['q', 'k', 'v'],
    record: (p, t) => spatialAttention(p, t.q!, t.k!, t.v!, shape),
    reference: v =>
      spatialReference(unpadded(v.q!, headWidth), unpadded(v.k!, headWidth), unpadded(v.v!, headWidth), shape),
  })
}

function temporalHolds(gpu: Gpu, scene: Scene) {
  const { positions, headWidth, heads = 2, clips = 2, frames = 5, window = 3, allTokens, decoded = false } = scene
  const slices = (decoded ? 2 : 1) * clips * frames
  const shape = { positions, heads, headWidth, allTokens }
  const operand = (seed: number) => padded(gpu, seed, slices * positions, heads, headWidth)
  const frameInfo = words([3], [0, 0, 0])
  return gradientsHold(gpu, {
    inputs: {
      q: operand(1),
      k: operand(2),
      v: operand(3),
      bias: floats(gpu, [heads, window], randomScaled(4, 1)),
      frameInfo,
    },
    wanted: ['q', 'k', 'v', 'bias'],
    record: (p, t) => {
      const ring = { keys: t.k!, values: t.v!, slots: slices }
      return temporalAttention(p, t.q!, ring, t.bias!, t.frameInfo!, {
        ...shape,
        guidancePasses: 1,
        framesPerClip: frames,
        ...(decoded && { finishedFrames: clips * frames }),
      })
    },
    reference: v => {
      const [q, k, value] = [v.q!, v.k!, v.v!].map(x => parts(unpadded(x, headWidth), slices / frames)) as [
        number[][],
        number[][],
        number[][],
      ]
      const size = q[0]!.length / frames
      return q.flatMap((clip, i) => {
        if (i < clips) return temporalReference(clip, k[i]!, value[i]!, v.bias!, shape)
        // As play does: every frame is the newest of a sequence whose others are finished.
        return Array.from({ length: frames }, (_, t) => {
          const ending = (own: number[], finished: number[]) => [
            ...finished.slice(0, t * size),
            ...own.slice(t * size, (t + 1) * size),
          ]
          const [keys, values] = [ending(k[i]!, k[i - clips]!), ending(value[i]!, value[i - clips]!)]
          return temporalReference(ending(clip, clip), keys, values, v.bias!, shape).slice(t * size)
        }).flat()
      })
    },
  })
}

function headsHold(gpu: Gpu, headWidth: number, hasNorm: boolean) {
  const shape = { positions: 3, heads: 2, headWidth }
  const norm = (seed: number) =>
    floats(
      gpu,
      [headWidth],
      (
        random => () =>
          1 + random()
      )(randomScaled(seed, 0.5)),
    )
  return gradientsHold(gpu, {
    inputs: { qkv: floats(gpu, [6, 6 * headWidth], randomScaled(1, 2)), q: norm(2), k: norm(3) },
    wanted: hasNorm ? ['qkv', 'q', 'k'] : ['qkv'],
    record: (p, t) => {
      const { q, k, v } = splitHeads(p, t.qkv!, hasNorm ? { ...shape, norm: { q: t.q!, k: t.k! } } : shape)
      return spatialAttention(p, q, k, v, shape)
    },
    reference: values => {
      const { q, k, v } = splitHeadsReference(values.qkv!, shape, hasNorm ? { q: values.q!, k: values.k! } : undefined)
      return spatialReference(q, k, v, shape)
    },
  })
}

/** Both variants of the backward pass take the same cases. */
const spatialCases = (variant: 'online' | 'quad'): Cases => ({
  [`spatial, ${variant}, 35 tokens, heads of 10`]: gpu =>
    spatialHolds(withVariant(gpu, 'spatial_attention', variant), { positions: 35, headWidth: 10, frames: 1 }),
  [`spatial, ${variant}, 2 frames of 5 tokens, heads of 130`]: gpu =>
    spatialHolds(withVariant(gpu, 'spatial_attention', variant), { positions: 5, headWidth: 130 }),
  [`spatial, ${variant}, one token`]: gpu =>
    spatialHolds(withVariant(gpu, 'spatial_attention', variant), { positions: 1, headWidth: 7 }),
})

export const attentionBackwardCases: Cases = {
  ...spatialCases('online'),
  ...requiring('subgroups', spatialCases('quad')),
  'temporal, 2 clips of 5 frames, a window of 3, heads of 10': gpu =>
    temporalHolds(gpu, { positions: 3, headWidth: 10 }),
  'temporal, heads of 70, a window longer than the clip': gpu =>
    temporalHolds(gpu, { positions: 2, headWidth: 70, heads: 1, frames: 3, window: 4 }),
  'temporal, a window of one frame': gpu => temporalHolds(gpu, { positions: 3, headWidth: 7, window: 1 }),
  'temporal, 2 clips of 5 frames, decoded from finished ones': gpu =>
    temporalHolds(gpu, { positions: 3, headWidth: 10, decoded: true }),
  'temporal, to all tokens of the frames': gpu => temporalHolds(gpu, { positions: 3, headWidth: 7, allTokens: true }),
}

export const splitHeadsBackwardCases: Cases = {
  'heads of 7, with QK-norm': gpu => headsHold(gpu, 7, true),
  'heads of 12, with QK-norm': gpu => headsHold(gpu, 12, true),
  'heads of 10, without': gpu => headsHold(gpu, 10, false),
  'heads of 8, without': gpu => headsHold(gpu, 8, false),
}
