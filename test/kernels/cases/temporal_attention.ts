// temporal_attention: streamed over a KV cache it equals the whole sequence, also with two guidance passes and with all tokens.

import { temporalAttention } from '../../../kernels/attention/temporal_attention.ts'
import { paddedHeadWidth, splitHeadsIntoCache } from '../../../kernels/split_heads/split_heads.ts'
import type { Gpu } from '../../../src/gpu/gpu.ts'
import { expectClose, TOLERANCE } from '../../helpers/compare.ts'
import type { Cases } from '../../helpers/kernel_tests.ts'
import { floats, type HostArray, runKernel, words } from '../../helpers/run_kernel.ts'
import { splitHeads, temporalAttention as wholeSequence } from '../../reference/attention.ts'
import { HEAD_WIDTHS, HEADS, padHeads, parts, randomScaled, ringOf } from './heads.ts'

const WINDOW = 5

interface Scene {
  frames: number // seen so far, the chunk included
  chunk: number // how many of the last frames are asked for
  positions: number
  headWidth: number
  window?: number
  /** The number of the first of `frames`: a world that has played for long; what came before is out of the window. */
  first?: number
  /** Biases lie within ± this. */
  biasScale?: number
  /** Every token sees all tokens of a frame. */
  allTokens?: boolean
}

/** The last `chunk` frames over the ring that a stream would have filled, compared with the whole sequence. */
async function streamedHolds(
  gpu: Gpu,
  { frames, chunk, positions, headWidth, window = WINDOW, first = 0, biasScale = 2, allTokens }: Scene,
) {
  const shape = { positions, heads: HEADS, headWidth, allTokens }
  const sequence = (seed: number) => floats(gpu, [frames, positions, HEADS * headWidth], randomScaled(seed, 2))
  const [q, k, v] = [sequence(1), sequence(2), sequence(3)]
  const bias = floats(gpu, [HEADS, window], randomScaled(4, biasScale), 'f32')
  const slots = window + chunk - 1
  const cache = (sequenceOf: HostArray) => storedRing(gpu, sequenceOf, shape, slots, first)
  const asked = q.values.slice((frames - chunk) * positions * HEADS * headWidth)
  const inputs = {
    q: floats(gpu, [chunk * positions, HEADS * paddedHeadWidth(headWidth)], padHeads(asked, headWidth)),
    keys: cache(k),
    values: cache(v),
    bias,
    frameInfo: words([3], [first + frames - chunk, 0, 0]),
  }
  const { out } = await runKernel(gpu, inputs, (p, t) => {
    const ring = { keys: t.keys, values: t.values, slots }
    return { out: temporalAttention(p, t.q, ring, t.bias, t.frameInfo, { ...shape, guidancePasses: 1 }) }
  })
  const expected = wholeSequence(q.values, k.values, v.values, bias.values, shape).slice(-out.length)
  expectClose('attention', out, expected, TOLERANCE[gpu.precision])
}

function storedRing(
  gpu: Gpu,
  sequence: HostArray,
  shape: { positions: number; headWidth: number },
  slots: number,
  first: number,
  extra: number[][] = [],
): HostArray {
  const frames = parts(padHeads(sequence.values, shape.headWidth), sequence.shape[0]!)
  const ring = [...ringOf(frames, slots, first), ...extra]
  return floats(gpu, [ring.length, shape.positions, HEADS * paddedHeadWidth(shape.headWidth)], ring.flat())
}

/** Two guidance passes over the newest frame: each sees its own newest frame and the shared past. */
async function guidancePassesHold(gpu: Gpu, frames: number) {
  const [positions, headWidth] = [7, 10]
  const shape = { positions, heads: HEADS, headWidth }
  const newestFrame = (seed: number) => floats(gpu, [1, positions, HEADS * headWidth], randomScaled(seed, 2))
  const sequence = (seed: number) => floats(gpu, [frames, positions, HEADS * headWidth], randomScaled(seed, 2))
  const [q, k, v] = [sequence(1), sequence(2), sequence(3)]
  const second = { q: newestFrame(5), k: newestFrame(6), v: newestFrame(7) }
  const bias = floats(gpu, [HEADS, WINDOW], randomScaled(4, 2), 'f32')
  const newest = q.values.slice(-second.q.values.length)
  const cache = (sequenceOf: HostArray, other: HostArray) =>
    storedRing(gpu, sequenceOf, shape, WINDOW, 0, [padHeads(other.values, headWidth)])
  const inputs = {
    q: floats(
      gpu,
      [2 * positions, HEADS * paddedHeadWidth(headWidth)],
      padHeads([...newest, ...second.q.values], headWidth),
    ),
    keys: cache(k, second.k),
    values: cache(v, second.v),
    bias,
    frameInfo: words([3], [frames - 1, 0, 0]),
  }
  const { out } = await runKernel(gpu, inputs, (p, t) => {
    const ring = { keys: t.keys, values: t.values, slots: WINDOW }
    return { out: temporalAttention(p, t.q, ring, t.bias, t.frameInfo, { ...shape, guidancePasses: 2 }) }
  })
  const withNewest = (sequenceOf: HostArray, other: HostArray) => [
    ...sequenceOf.values.slice(0, -other.values.length),
    ...other.values,
  ]
  const half = out.length / 2
  const first = wholeSequence(q.values, k.values, v.values, bias.values, shape).slice(-half)
  const other = wholeSequence(
    withNewest(q, second.q),
    withNewest(k, second.k),
    withNewest(v, second.v),
    bias.values,
    shape,
  )
  expectClose('first pass', out.slice(0, half), first, TOLERANCE[gpu.precision])
  expectClose('second pass', out.slice(half), other.slice(-half), TOLERANCE[gpu.precision])
}

/** split_heads and temporal_attention together, chunk by chunk, as a model runs them. */
async function modelStreamHolds(gpu: Gpu, frames: number, chunk: number, allTokens = false) {
  const shape = { positions: 3, heads: HEADS, headWidth: 10, allTokens }
  const slots = WINDOW + chunk - 1
  const random = randomScaled(1, 1)
  const inputs: Record<string, HostArray> = {
    keys: floats(gpu, [slots, 3, HEADS * 12], () => 1e4),
    values: floats(gpu, [slots, 3, HEADS * 12], () => 1e4),
    bias: floats(gpu, [HEADS, WINDOW], random, 'f32'),
    qNorm: floats(gpu, [10], () => 1 + 0.5 * random(), 'f32'),
    kNorm: floats(gpu, [10], () => 1 + 0.5 * random(), 'f32'),
  }
  const qkv: number[] = []
  for (let t = 0; t < frames; t += chunk) {
    const part = floats(gpu, [chunk * 3, 3 * HEADS * 10], random)
    qkv.push(...part.values)
    inputs[`qkv ${t}`] = part
    inputs[`frameInfo ${t}`] = words([3], [t, 0, 0])
  }
  const got = await runKernel(gpu, inputs, (p, tensors) => {
    const w = (name: string) => tensors[name]!
    const ring = { keys: w('keys'), values: w('values'), slots }
    const outputs = []
    for (let t = 0; t < frames; t += chunk) {
      const frameInfo = w(`frameInfo ${t}`)
      const q = splitHeadsIntoCache(
        p,
        w(`qkv ${t}`),
        { ...shape, norm: { q: w('qNorm'), k: w('kNorm') } },
        ring,
        frameInfo,
        1,
      )
      outputs.push([
        `${t}`,
        temporalAttention(p, q, ring, w('bias'), frameInfo, { ...shape, guidancePasses: 1 }),
      ] as const)
    }
    return Object.fromEntries(outputs)
  })
  const { q, k, v } = splitHeads(qkv, shape, { q: inputs.qNorm!.values, k: inputs.kNorm!.values })
  const expected = parts(wholeSequence(q, k, v, inputs.bias!.values, shape), frames / chunk)
  expected.forEach((part, i) => {
    expectClose(`frames from ${i * chunk}`, got[i * chunk]!, part, TOLERANCE[gpu.precision])
  })
}

export const temporalAttentionCases: Cases = {
  'the first frame sees itself': gpu => streamedHolds(gpu, { frames: 1, chunk: 1, positions: 7, headWidth: 10 }),
  'frame 3 of a window of 5 sees what there is': gpu =>
    streamedHolds(gpu, { frames: 3, chunk: 1, positions: 35, headWidth: 10 }),
  ...Object.fromEntries(
    HEAD_WIDTHS.map(headWidth => [
      `past the ring's end, heads of ${headWidth}`,
      (gpu: Gpu) => streamedHolds(gpu, { frames: 8, chunk: 1, positions: 7, headWidth }),
    ]),
  ),
  'a chunk of 3 frames, each with its own past, over a ring that wraps': gpu =>
    streamedHolds(gpu, { frames: 13, chunk: 3, positions: 7, headWidth: 10 }),
  'a chunk of the whole sequence': gpu => streamedHolds(gpu, { frames: 9, chunk: 9, positions: 1, headWidth: 10 }),
  'a window of one frame': gpu => streamedHolds(gpu, { frames: 3, chunk: 1, positions: 7, headWidth: 10, window: 1 }),
  'frame 1 000 003': gpu => streamedHolds(gpu, { frames: 6, chunk: 2, positions: 7, headWidth: 10, first: 999_998 }),
  'biases of ±10000': gpu =>
    streamedHolds(gpu, { frames: 8, chunk: 1, positions: 35, headWidth: 10, biasScale: 10000 }),
  'two guidance passes, each with its own newest frame, before and after the ring wraps': async gpu => {
    for (const frames of [1, 3, 8]) await guidancePassesHold(gpu, frames)
  },
  'streamed frame by frame it equals the whole sequence': gpu => modelStreamHolds(gpu, 12, 1),
  'streamed in chunks of 3 it equals the whole sequence': gpu => modelStreamHolds(gpu, 12, 3),
  'with all tokens, the first frame sees all of its own': gpu =>
    streamedHolds(gpu, { frames: 1, chunk: 1, positions: 35, headWidth: 10, allTokens: true }),
  ...Object.fromEntries(
    [10, 130].map(headWidth => [
      `with all tokens past the ring's end, heads of ${headWidth}`,
      (gpu: Gpu) => streamedHolds(gpu, { frames: 8, chunk: 1, positions: 7, headWidth, allTokens: true }),
    ]),
  ),
  'with all tokens a chunk of 3 frames over a ring that wraps, a window of one': gpu =>
    streamedHolds(gpu, { frames: 5, chunk: 3, positions: 7, headWidth: 7, window: 1, allTokens: true }),
  'with all tokens, streamed frame by frame it equals the whole sequence': gpu => modelStreamHolds(gpu, 12, 1, true),
  'with all tokens, streamed in chunks of 3 it equals the whole sequence': gpu => modelStreamHolds(gpu, 12, 3, true),
}
