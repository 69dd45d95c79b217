// spatial_attention: every variant.

import {
  SPATIAL_ATTENTION_VARIANTS,
  type SpatialAttentionVariantName,
  spatialAttention,
  spatialAttentionOfQkv,
} from '../../../kernels/attention/spatial_attention.ts'
import type { Gpu } from '../../../src/gpu/gpu.ts'
import type { Kernel } from '../../../src/gpu/kernel.ts'
import { expectClose, TOLERANCE } from '../../helpers/compare.ts'
import { type Cases, requiring, withVariant } from '../../helpers/kernel_tests.ts'
import { floats, type HostArray, runKernel } from '../../helpers/run_kernel.ts'
import { spatialAttention as reference, spatialRow, splitHeads } from '../../reference/attention.ts'
import { HEAD_WIDTHS, HEADS, padHeads, randomScaled } from './heads.ts'

interface Shape {
  slices: number
  positions: number
  heads: number
  headWidth: number
}

/** q, k, v in [slices · S, heads · d]. */
type Parts = Record<'q' | 'k' | 'v', HostArray>

function randomParts(gpu: Gpu, { slices, positions, heads, headWidth }: Shape, scale = 2): Parts {
  const shape = [slices * positions, heads * headWidth]
  const part = (seed: number) => floats(gpu, shape, randomScaled(seed, scale))
  return { q: part(1), k: part(2), v: part(3) }
}

async function attended(gpu: Gpu, shape: Shape, parts: Parts): Promise<Float64Array> {
  const stored = (part: HostArray) => {
    const values = padHeads(part.values, shape.headWidth)
    return floats(gpu, [shape.slices * shape.positions, values.length / (shape.slices * shape.positions)], values)
  }
  const inputs = { q: stored(parts.q), k: stored(parts.k), v: stored(parts.v) }
  return (await runKernel(gpu, inputs, (p, t) => ({ out: spatialAttention(p, t.q, t.k, t.v, shape) }))).out
}

async function holds(gpu: Gpu, shape: Shape, parts = randomParts(gpu, shape)) {
  const out = await attended(gpu, shape, parts)
  expectClose(
    'attention',
    out,
    reference(parts.q.values, parts.k.values, parts.v.values, shape),
    TOLERANCE[gpu.precision],
  )
}

/** Key j of every head has the score scores[j] with every query. */
function partsOfScores(gpu: Gpu, shape: Shape, scores: number[]): Parts {
  const { q, k, v } = randomParts(gpu, shape)
  const { positions, heads, headWidth } = shape
  const size = Math.sqrt(Math.sqrt(headWidth) * Math.max(...scores.map(Math.abs)))
  const first = (i: number, value: number) => (i % headWidth === 0 ? value : 0)
  const key = (i: number) => (scores[Math.floor(i / (heads * headWidth)) % positions]! * Math.sqrt(headWidth)) / size
  return {
    q: floats(gpu, q.shape, i => first(i, size)),
    k: floats(gpu, k.shape, i => first(i, key(i))),
    v,
  }
}

/** S tokens of one small head; the first and last row and every 511th are compared. */
export async function manyTokensHold(gpu: Gpu, positions: number) {
  const shape = { slices: 1, positions, heads: 1, headWidth: 10 }
  const parts = randomParts(gpu, shape)
  const out = await attended(gpu, shape, parts)
  for (let row = 0; row < positions; row = row === positions - 1 ? positions : Math.min(row + 511, positions - 1)) {
    const expected = spatialRow(parts.q.values, parts.k.values, parts.v.values, shape, row)
    expectClose(`row ${row}`, out.slice(row * 10, (row + 1) * 10), expected, TOLERANCE[gpu.precision])
  }
}

/** qkv as a linear layer leaves it, with QK-norm or without. */
async function ofQkvHolds(gpu: Gpu, shape: Shape, hasNorm: boolean) {
  const { slices, positions, heads, headWidth } = shape
  const weights = (seed: number) => floats(gpu, [headWidth], randomScaled(seed, 1.5), 'f32')
  const inputs = {
    qkv: floats(gpu, [slices * positions, 3 * heads * headWidth], randomScaled(1, 2)),
    qNorm: weights(2),
    kNorm: weights(3),
  }
  const { out } = await runKernel(gpu, inputs, (p, t) => ({
    out: spatialAttentionOfQkv(p, t.qkv, hasNorm ? { ...shape, norm: { q: t.qNorm, k: t.kNorm } } : shape),
  }))
  const norm = hasNorm ? { q: inputs.qNorm.values, k: inputs.kNorm.values } : undefined
  const { q, k, v } = splitHeads(inputs.qkv.values, shape, norm)
  expectClose('attention', out, reference(q, k, v, shape), TOLERANCE[gpu.precision])
}

const cases: Cases = {
  'heads of 12 and 132 where a linear layer wrote them': async gpu => {
    for (const headWidth of [12, 132])
      await ofQkvHolds(gpu, { slices: 2, positions: 35, heads: HEADS, headWidth }, false)
  },
  'heads of 12 and 132 where a linear layer wrote them, with QK-norm': async gpu => {
    for (const headWidth of [12, 132])
      await ofQkvHolds(gpu, { slices: 2, positions: 35, heads: HEADS, headWidth }, true)
  },
  ...Object.fromEntries(
    HEAD_WIDTHS.map(headWidth => [
      `35 tokens, 2 frames, heads of ${headWidth}`,
      (gpu: Gpu) => holds(gpu, { slices: 2, positions: 35, heads: HEADS, headWidth }),
    ]),
  ),
  'one token sees itself': gpu => holds(gpu, { slices: 3, positions: 1, heads: HEADS, headWidth: 10 }),
  '65 tokens, 32 and 33': async gpu => {
    for (const positions of [65, 32, 33]) await holds(gpu, { slices: 1, positions, heads: 1, headWidth: 12 })
  },
  'scores of ±10000, two of them the largest': async gpu => {
    const shape = { slices: 1, positions: 35, heads: HEADS, headWidth: 12 }
    const scores = Array.from({ length: 35 }, (_, j) => (j === 8 || j === 30 ? 10000 : 500 * ((7 * j) % 35) - 9000))
    await holds(gpu, shape, partsOfScores(gpu, shape, scores))
    await holds(
      gpu,
      shape,
      partsOfScores(
        gpu,
        shape,
        scores.map(s => Math.min(s, 0) - 1000),
      ),
    )
  },
  'scores that rise by 1 from key to key, and fall': async gpu => {
    const shape = { slices: 1, positions: 35, heads: HEADS, headWidth: 12 }
    const rising = Array.from({ length: 35 }, (_, j) => j - 10)
    await holds(gpu, shape, partsOfScores(gpu, shape, rising))
    await holds(gpu, shape, partsOfScores(gpu, shape, rising.toReversed()))
  },
}

/** The cases of a variant; skipped where the adapter lacks what it requires. */
function casesOf(variant: SpatialAttentionVariantName): Cases {
  const { requires }: Kernel = SPATIAL_ATTENTION_VARIANTS[variant]
  const ofVariant: Cases = Object.fromEntries(
    Object.entries(cases).map(([holds, check]) => [
      holds,
      (gpu: Gpu) => check(withVariant(gpu, 'spatial_attention', variant)),
    ]),
  )
  return requires ? requiring(requires, ofVariant) : ofVariant
}

export const spatialAttentionCases = casesOf('online')
export const spatialAttentionQuadCases = casesOf('quad')
