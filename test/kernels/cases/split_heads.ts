// split_heads: both variants, alone and into the KV cache.

import { paddedHeadWidth, splitHeads, splitHeadsIntoCache } from '../../../kernels/split_heads/split_heads.ts'
import type { Gpu } from '../../../src/gpu/gpu.ts'
import { expectClose, TOLERANCE } from '../../helpers/compare.ts'
import type { Cases } from '../../helpers/kernel_tests.ts'
import { randomNumbers } from '../../helpers/random_model.ts'
import { floats, type HostArray, runKernel, words } from '../../helpers/run_kernel.ts'
import { splitHeads as reference } from '../../reference/attention.ts'
import { HEAD_WIDTHS, HEADS, padHeads, parts, ringOf } from './heads.ts'

interface Shape {
  rows: number
  heads: number
  headWidth: number
}

const normWeights = (gpu: Gpu, headWidth: number): { q: HostArray; k: HostArray } => {
  const random = randomNumbers(3)
  return {
    q: floats(gpu, [headWidth], () => 1 + 0.5 * random(), 'f32'),
    k: floats(gpu, [headWidth], () => 1 + 0.5 * random(), 'f32'),
  }
}

async function splitHolds(gpu: Gpu, { rows, heads, headWidth }: Shape, qkNorm: boolean, scale = 1) {
  const random = randomNumbers(1)
  const qkv = floats(gpu, [rows, 3 * heads * headWidth], () => scale * random())
  const weights = normWeights(gpu, headWidth)
  const shape = { positions: rows, heads, headWidth }
  const got = await runKernel(gpu, { qkv, qNorm: weights.q, kNorm: weights.k }, (p, t) =>
    splitHeads(p, t.qkv, qkNorm ? { ...shape, norm: { q: t.qNorm, k: t.kNorm } } : shape),
  )
  const norm = qkNorm ? { q: weights.q.values, k: weights.k.values } : undefined
  const expected = reference(qkv.values, shape, norm)
  for (const part of ['q', 'k', 'v'] as const)
    expectClose(part, got[part], padHeads(expected[part], headWidth), TOLERANCE[gpu.precision])
}

/** Frames first … first + slices - 1 go to a ring that holds other numbers already; with two guidance passes both are frame `first`. */
async function ringHolds(
  gpu: Gpu,
  {
    slices,
    guidancePasses,
    slots,
    first,
    headWidth,
  }: Record<'slices' | 'guidancePasses' | 'slots' | 'first' | 'headWidth', number>,
) {
  const shape = { positions: 7, heads: HEADS, headWidth }
  const random = randomNumbers(1)
  const qkv = floats(gpu, [slices * shape.positions, 3 * HEADS * headWidth], random)
  const weights = normWeights(gpu, headWidth)
  const ringShape = [slots + guidancePasses - 1, shape.positions, HEADS * paddedHeadWidth(headWidth)]
  const keys = floats(gpu, ringShape, random)
  const values = floats(gpu, ringShape, random)
  const frameInfo = words([3], [first, 0, 0])
  const inputs = { qkv, qNorm: weights.q, kNorm: weights.k, keys, values, frameInfo }
  const got = await runKernel(gpu, inputs, (p, t) => {
    const ring = { keys: t.keys, values: t.values, slots }
    const q = splitHeadsIntoCache(
      p,
      t.qkv,
      { ...shape, norm: { q: t.qNorm, k: t.kNorm } },
      ring,
      t.frameInfo,
      guidancePasses,
    )
    return { q, keys: t.keys, values: t.values }
  })
  const { q, k, v } = reference(qkv.values, shape, { q: weights.q.values, k: weights.k.values })
  const after = (before: HostArray, written: number[]) => {
    const ring = parts(before.values, slots + guidancePasses - 1)
    parts(padHeads(written, headWidth), slices).forEach((frame, slice) => {
      ring[guidancePasses === 2 && slice === 1 ? slots : (first + slice) % slots] = frame
    })
    return ring.flat()
  }
  expectClose('q', got.q, padHeads(q, headWidth), TOLERANCE[gpu.precision])
  expectClose('ring of keys', got.keys, after(keys, k), TOLERANCE[gpu.precision])
  expectClose('ring of values', got.values, after(values, v), TOLERANCE[gpu.precision])
}

/** Frames one by one, past the ring's end: the last ones are left. */
async function streamHolds(gpu: Gpu) {
  const frames = 8
  const slots = 5
  const shape = { positions: 1, heads: HEADS, headWidth: 12 }
  const random = randomNumbers(1)
  const inputs: Record<string, HostArray> = {
    keys: floats(gpu, [slots, 1, HEADS * 12], random),
    values: floats(gpu, [slots, 1, HEADS * 12], random),
  }
  for (let t = 0; t < frames; t++) {
    inputs[`frameInfo ${t}`] = words([3], [t, 0, 0])
    inputs[`frame ${t}`] = floats(gpu, [1, 3 * HEADS * 12], random)
  }
  const got = await runKernel(gpu, inputs, (p, tensors) => {
    const ring = { keys: tensors.keys!, values: tensors.values!, slots }
    for (let t = 0; t < frames; t++)
      splitHeadsIntoCache(p, tensors[`frame ${t}`]!, shape, ring, tensors[`frameInfo ${t}`]!, 1)
    return { keys: ring.keys, values: ring.values }
  })
  const written = Array.from({ length: frames }, (_, t) => reference(inputs[`frame ${t}`]!.values, shape))
  expectClose(
    'ring of keys',
    got.keys,
    ringOf(
      written.map(w => w.k),
      slots,
    ).flat(),
    TOLERANCE[gpu.precision],
  )
  expectClose(
    'ring of values',
    got.values,
    ringOf(
      written.map(w => w.v),
      slots,
    ).flat(),
    TOLERANCE[gpu.precision],
  )
}

const widths = (isAligned: boolean) => HEAD_WIDTHS.filter(width => (width % 4 === 0) === isAligned)

/** What heads of any width must hold, `headWidth` where one will do. */
const casesOf = (headWidths: number[], headWidth: number): Cases => ({
  [`heads of ${headWidths.join(', ')} channels, padded with zeros`]: async gpu => {
    for (const headWidth of headWidths) await splitHolds(gpu, { rows: 33, heads: HEADS, headWidth }, false)
  },
  'QK-norm of q and k, not of v': async gpu => {
    for (const headWidth of headWidths) await splitHolds(gpu, { rows: 7, heads: HEADS, headWidth }, true)
  },
  'QK-norm of numbers so small that eps matters, and of zeros': async gpu => {
    await splitHolds(gpu, { rows: 7, heads: HEADS, headWidth }, true, 1e-3)
    await splitHolds(gpu, { rows: 7, heads: HEADS, headWidth }, true, 0)
  },
  'a frame goes to its slot of the ring, the other slots stay': gpu =>
    ringHolds(gpu, { slices: 1, guidancePasses: 1, slots: 5, first: 13, headWidth }),
  'a chunk of 3 frames wraps around the ring': gpu =>
    ringHolds(gpu, { slices: 3, guidancePasses: 1, slots: 7, first: 12, headWidth }),
  'with two guidance passes the second goes to the slot past the ring': gpu =>
    ringHolds(gpu, { slices: 2, guidancePasses: 2, slots: 5, first: 9, headWidth }),
})

export const splitHeadsCases: Cases = {
  ...casesOf(widths(false), 10),
  'one head of one channel': gpu => splitHolds(gpu, { rows: 7, heads: 1, headWidth: 1 }, true),
  'more rows than one dimension of a grid': gpu => splitHolds(gpu, { rows: 131075, heads: 1, headWidth: 1 }, false),
}
export const splitHeadsVec4Cases: Cases = {
  ...casesOf(widths(true), 12),
  'more heads than one dimension of a grid': gpu => splitHolds(gpu, { rows: 65537, heads: 1, headWidth: 4 }, false),
  'frame after frame, the ring keeps the last': streamHolds,
}
