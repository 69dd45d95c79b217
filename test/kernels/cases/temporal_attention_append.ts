// temporal_attention_append: streamed frame by frame it equals the whole sequence, and leaves in the cache what split_heads leaves there.

import { appendingAttention } from '../../../kernels/attention/temporal_attention.ts'
import { splitHeadsIntoCache } from '../../../kernels/split_heads/split_heads.ts'
import type { Gpu } from '../../../src/gpu/gpu.ts'
import { expectClose, TOLERANCE } from '../../helpers/compare.ts'
import type { Cases } from '../../helpers/kernel_tests.ts'
import { floats, type HostArray, ints, runKernel, words } from '../../helpers/run_kernel.ts'
import { splitHeads, temporalAttention as wholeSequence } from '../../reference/attention.ts'
import { HEADS, parts, randomScaled } from './heads.ts'

interface Scene {
  frames: number
  positions?: number
  headWidth?: number
  window?: number
  hasNorm?: boolean
  /** 2: each frame has a second slice, which sees the past of the first and its own newest frame. */
  guidancePasses?: number
}

async function streamHolds(
  gpu: Gpu,
  { frames, positions = 35, headWidth = 12, window = 5, hasNorm = false, guidancePasses = 1 }: Scene,
) {
  const shape = { positions, heads: HEADS, headWidth }
  const random = randomScaled(1, 2)
  const width = HEADS * headWidth
  const slots = window
  const ring = () => floats(gpu, [slots + guidancePasses - 1, positions, width], () => 1e4) // what must not be read
  const inputs: Record<string, HostArray> = {
    keys: ring(),
    values: ring(),
    splitKeys: ring(),
    splitValues: ring(),
    bias: floats(gpu, [HEADS, window], random, 'f32'),
    qNorm: floats(gpu, [headWidth], random, 'f32'),
    kNorm: floats(gpu, [headWidth], random, 'f32'),
  }
  for (let t = 0; t < frames; t++) {
    inputs[`qkv ${t}`] = floats(gpu, [guidancePasses * positions, 3 * width], random)
    inputs[`frameInfo ${t}`] = words([3], [t, 0, 0])
  }
  const got: Record<string, Float64Array> = await runKernel(gpu, inputs, (p, tensors) => {
    const w = (name: string) => tensors[name]!
    const heads = hasNorm ? { ...shape, norm: { q: w('qNorm'), k: w('kNorm') } } : shape
    const own = { keys: w('keys'), values: w('values'), slots }
    const split = { keys: w('splitKeys'), values: w('splitValues'), slots }
    const outputs = []
    for (let t = 0; t < frames; t++) {
      const [qkv, info] = [w(`qkv ${t}`), w(`frameInfo ${t}`)]
      splitHeadsIntoCache(p, qkv, heads, split, info, guidancePasses)
      outputs.push([`${t}`, appendingAttention(p, qkv, own, w('bias'), info, heads, guidancePasses)] as const)
    }
    const rings = { keys: own.keys, values: own.values, splitKeys: split.keys, splitValues: split.values }
    return { ...Object.fromEntries(outputs), ...rings }
  })
  const norm = hasNorm ? { q: inputs.qNorm!.values, k: inputs.kNorm!.values } : undefined
  const slices = Array.from({ length: frames }, (_, t) => parts(inputs[`qkv ${t}`]!.values, guidancePasses))
  const expected = (t: number, pass: number) => {
    const seen = slices.slice(0, t + 1).flatMap((frame, i) => frame[i === t ? pass : 0]!)
    const { q, k, v } = splitHeads(seen, shape, norm)
    return wholeSequence(q, k, v, inputs.bias!.values, shape).slice(-positions * width)
  }
  for (let t = 0; t < frames; t++)
    for (const [pass, out] of parts(got[t]!, guidancePasses).entries())
      expectClose(`frame ${t}, pass ${pass}`, Float64Array.from(out), expected(t, pass), TOLERANCE[gpu.precision])
  // The second pass's slot past the ring is for its own use.
  const cached = (name: string) => got[name]!.slice(0, slots * positions * width)
  expectClose('keys', cached('keys'), cached('splitKeys'), TOLERANCE[gpu.precision])
  expectClose('values', cached('values'), cached('splitValues'), TOLERANCE[gpu.precision])
}

/** Frames 0 … T-1 as pairs (0, 1), (1, 2), …: both results, or the second alone, are those of the whole sequence. */
async function pairsHold(gpu: Gpu, { frames, positions = 7, headWidth = 12, window = 3 }: Scene, results: 1 | 2) {
  const shape = { positions, heads: HEADS, headWidth }
  const random = randomScaled(1, 2)
  const width = HEADS * headWidth
  const qkv = Array.from({ length: frames }, () => floats(gpu, [positions, 3 * width], random))
  const inputs: Record<string, HostArray> = {
    keys: floats(gpu, [window, positions, width], () => 1e4),
    values: floats(gpu, [window, positions, width], () => 1e4),
    bias: floats(gpu, [HEADS, window], random, 'f32'),
    qNorm: floats(gpu, [headWidth], random, 'f32'),
    kNorm: floats(gpu, [headWidth], random, 'f32'),
  }
  for (const [t, newest] of qkv.slice(1).entries()) {
    inputs[`qkv ${t}`] = floats(gpu, [2 * positions, 3 * width], [...qkv[t]!.values, ...newest.values])
    inputs[`frameInfo ${t}`] = ints([4], [t, 0, 0, 0])
  }
  const got: Record<string, Float64Array> = await runKernel(gpu, inputs, (p, tensors) => {
    const w = (name: string) => tensors[name]!
    const heads = { ...shape, norm: { q: w('qNorm'), k: w('kNorm') } }
    const ring = { keys: w('keys'), values: w('values'), slots: window }
    const record = (t: number) =>
      appendingAttention(p, w(`qkv ${t}`), ring, w('bias'), w(`frameInfo ${t}`), heads, 1, results)
    return Object.fromEntries(qkv.slice(1).map((_, t) => [`${t}`, record(t)]))
  })
  const norm = { q: inputs.qNorm!.values, k: inputs.kNorm!.values }
  const { q, k, v } = splitHeads(
    qkv.flatMap(({ values }) => [...values]),
    shape,
    norm,
  )
  const whole = parts(wholeSequence(q, k, v, inputs.bias!.values, shape), frames)
  for (let t = 0; t < frames - 1; t++) {
    const expected = whole.slice(t + 2 - results, t + 2).flatMap(frame => [...frame])
    expectClose(`pair ${t}`, got[t]!, Float64Array.from(expected), TOLERANCE[gpu.precision])
  }
}

export const temporalAttentionAppendCases: Cases = {
  'pairs of frames in a ring of a window, past its end': async gpu => {
    for (const results of [1, 2] as const) await pairsHold(gpu, { frames: 7 }, results)
  },
  'pairs in a window of one frame, and of two; 33 tokens': async gpu => {
    await pairsHold(gpu, { frames: 3, window: 1, headWidth: 4 }, 2)
    await pairsHold(gpu, { frames: 4, window: 2, positions: 33 }, 1)
  },
  'the first frame sees itself': gpu => streamHolds(gpu, { frames: 1 }),
  'past the end of the ring, with QK-norm': gpu => streamHolds(gpu, { frames: 8, hasNorm: true }),
  'past the end of the ring, without': gpu => streamHolds(gpu, { frames: 8 }),
  'heads of 64, one token, a window of one frame': gpu =>
    streamHolds(gpu, { frames: 3, positions: 1, headWidth: 64, window: 1, hasNorm: true }),
  'heads of 4, 33 tokens': gpu => streamHolds(gpu, { frames: 3, positions: 33, headWidth: 4, hasNorm: true }),
  'the same with loops as on a GPU, where they have a constant length': async gpu => {
    const unlike: Gpu = Object.create(gpu, { isSoftwareAdapter: { value: !gpu.isSoftwareAdapter } })
    await streamHolds(unlike, { frames: 8, hasNorm: true })
    await pairsHold(unlike, { frames: 4 }, 1)
  },
  'two guidance passes, each with its own newest frame': gpu =>
    streamHolds(gpu, { frames: 8, positions: 7, hasNorm: true, guidancePasses: 2 }),
}
