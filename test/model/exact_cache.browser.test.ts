// The cache is exact: a frame played over cached keys and values is the frame that a pass over the whole sequence, from its
// first frame, would give. The same for tokenizer and latent action model, streamed and at once.

import { afterAll, beforeAll, expect, test } from 'vitest'
import { Gpu } from '../../src/gpu/gpu.ts'
import { Program } from '../../src/gpu/program.ts'
import type { Tensor } from '../../src/gpu/tensor.ts'
import type { SamplingConfig } from '../../src/model/config.ts'
import type { DecodingStep } from '../../src/model/decoding_trace.ts'
import { Dynamics } from '../../src/model/dynamics.ts'
import { LatentActionModel } from '../../src/model/latent_action.ts'
import { MaskGitDecoder, samplingSchedule } from '../../src/model/maskgit_decoder.ts'
import { Tokenizer } from '../../src/model/tokenizer.ts'
import { bytesSource } from '../../src/weights/safetensors.ts'
import { randomModel, randomNumbers, smallConfig } from '../helpers/random_model.ts'
import { draw, guided, remask } from '../reference/maskgit.ts'

const SEED = 5
/** S = 6 tokens per frame, D = 12, two layers, a window of 4 frames: 200 frames are 50 windows. */
const CONFIG = smallConfig({
  frame: { height: 6, width: 9 },
  tokenizer: { patch: 3 },
  dynamics: { width: 12, heads: 3, ffn: 20, layers: 2, window: 4 },
  sampling: { steps: 2 },
})
const FILES = randomModel(CONFIG, 11)

let gpu: Gpu
let device: GPUDevice
beforeAll(async () => {
  device = (await Gpu.create()).device
  gpu = await Gpu.create({ device, precision: 'f32' })
})
afterAll(() => device.destroy())

const source = (file: string) => bytesSource(file, FILES[file]!)
const integers = async (t: Tensor) => new Int32Array(await gpu.read(t)).slice(0, t.length)
const numbers = async (t: Tensor) => new Float32Array(await gpu.read(t)).slice(0, t.length)

/** An intermediate that is read after the Program ran. */
function kept(t: Tensor): Tensor {
  t.bindBuffer(gpu.tensor(t.label, t.shape, t.type).buffer)
  return t
}

/** Actions that led to frames 1 … count-1, null ones among them. */
function randomActions(count: number, actions: number): number[] {
  const random = randomNumbers(3)
  return Array.from({ length: count - 1 }, () => Math.floor(((random() + 1) / 2) * (actions + 1)) - 1)
}

/** Plays: frame 0 is given, every action makes one more. @param onSteps called with the decoding steps of each. @returns all tokens */
async function play(
  dynamics: Dynamics,
  first: number[],
  actions: number[],
  sampling: SamplingConfig,
  onSteps?: (steps: DecodingStep[]) => void,
) {
  const decoder = await new MaskGitDecoder(gpu, dynamics).build(sampling)
  decoder.setSampling(sampling)
  if (onSteps) decoder.recordTrace(true)
  const frames = [first]
  gpu.write(decoder.tokens, Int32Array.from(first))
  for (const [i, action] of [-1, ...actions].entries()) {
    decoder.setFrameInfo(i, SEED, action)
    const encoder = device.createCommandEncoder()
    const pass = encoder.beginComputePass()
    if (i === 0) decoder.encodeAppendToCache(pass)
    else decoder.encodeFrame(pass)
    pass.end()
    device.queue.submit([encoder.finish()])
    if (i === 0) continue
    frames.push([...(await integers(decoder.tokens))])
    onSteps?.(await decoder.readSteps())
  }
  return frames
}

/** The dynamics over a whole sequence of up to `capacity` frames, from nothing. */
async function wholeSequence(dynamics: Dynamics, capacity: number) {
  const S = dynamics.tokensPerFrame
  const p = new Program(gpu, 'whole')
  const tokens = gpu.tensor('tokens', [capacity * S], 'i32')
  const frameInfo = gpu.tensor('frameInfo', [2 + capacity], 'i32')
  const logits = kept(dynamics.forward(p, tokens, { frameInfo, cache: dynamics.kvCache(capacity) }))
  await p.build()
  /** frames [T ≤ capacity][S] and the actions that led to each → logits [S][K] of the last. What lies behind it is later, and unseen. */
  return async (frames: number[][], actions: number[]): Promise<number[][]> => {
    gpu.write(frameInfo, Int32Array.from([0, SEED, ...actions]))
    gpu.write(tokens, Int32Array.from(frames.flat()))
    p.run()
    const K = logits.width
    const all = await numbers(logits)
    return Array.from({ length: S }, (_, i) => {
      const at = ((frames.length - 1) * S + i) * K
      return [...all.subarray(at, at + K)]
    })
  }
}

/** Decodes frame t of a play over frames 0 … t-1, each step by a pass over all of them, and sampling in 64 bits. */
async function decode(
  whole: (frames: number[][], actions: number[]) => Promise<number[][]>,
  t: number,
  play: { played: number[][]; actions: number[]; sampling: SamplingConfig },
): Promise<number[]> {
  const { sampling } = play
  const past = play.played.slice(0, t)
  const actions = [-1, ...play.actions.slice(0, t)]
  const mask = CONFIG.tokenizer.codes
  const S = past[0]!.length
  let tokens: number[] = new Array(S).fill(mask)
  for (const [step, asked] of samplingSchedule(S, sampling).entries()) {
    const { guidance, maskedAfter } = asked
    let logits = await whole([...past, tokens], actions)
    if (guidance !== 1) {
      const without = await whole([...past, tokens], [...actions.slice(0, -1), -1])
      logits = logits.map((row, i) => guided(row, without[i]!, guidance))
    }
    const at = { seed: SEED, frame: past.length, step }
    const drawn = logits.map((row, i) => draw(row, asked, at, i))
    const candidates = drawn.map(d => d.token)
    const confidence = drawn.map(d => d.confidence)
    tokens = remask(tokens, candidates, confidence, maskedAfter, mask)
  }
  return tokens
}

test('200 frames played one by one are those of recomputing the whole sequence at every step', async () => {
  const FRAMES = 201
  const dynamics = await Dynamics.load(gpu, CONFIG, source('dynamics.safetensors'))
  const actions = randomActions(FRAMES, CONFIG.latent_action.actions)
  const played = await play(dynamics, [3, 0, 18, 7, 7, 1], actions, CONFIG.sampling)
  // A later frame never changes an earlier one, so passes of a few lengths serve all: what is behind the frame is ignored.
  for (let capacity = 25; capacity < FRAMES + 24; capacity += 25) {
    const whole = await wholeSequence(dynamics, capacity)
    for (let t = Math.max(1, capacity - 25); t < Math.min(capacity, FRAMES); t++) {
      const decoded = await decode(whole, t, { played, actions, sampling: CONFIG.sampling })
      expect(decoded, `frame ${t}`).toEqual(played[t])
    }
  }
  expect(new Set(played.map(String)).size).toBeGreaterThan(150)
})

test('with a threshold, frames end early, and are those of recomputing every step', async () => {
  const sampling = { ...CONFIG.sampling, steps: 5, choice_temperature: 0, threshold: 0.08 }
  const dynamics = await Dynamics.load(gpu, CONFIG, source('dynamics.safetensors'))
  const actions = randomActions(12, CONFIG.latent_action.actions)
  const first = [3, 0, 18, 7, 7, 1]
  const played = await play(dynamics, first, actions, sampling)
  const whole = await wholeSequence(dynamics, 13)
  for (let t = 1; t < played.length; t++) {
    const decoded = await decode(whole, t, { played, actions, sampling })
    expect(decoded, `frame ${t}`).toEqual(played[t])
  }
  // The gate is closed after the last step that a frame needs: each takes one to five, and some fewer than five.
  const counts: number[] = []
  const ends: number[][] = []
  const traced = await play(dynamics, first, actions, sampling, steps => {
    counts.push(steps.length)
    ends.push([...steps.at(-1)!.tokens])
  })
  expect(traced).toEqual(played)
  expect(ends).toEqual(played.slice(1))
  expect(Math.min(...counts)).toBeGreaterThan(0)
  expect(Math.min(...counts)).toBeLessThan(5)
  expect(new Set(counts).size).toBeGreaterThan(1)
})

test('with guidance, the two passes give together what they give alone', async () => {
  const sampling = { ...CONFIG.sampling, steps: 4, guidance: 2.5 }
  const dynamics = await Dynamics.load(gpu, CONFIG, source('dynamics.safetensors'))
  const actions = randomActions(20, CONFIG.latent_action.actions)
  const first = [0, 5, 2, 2, 9, 11]
  const played = await play(dynamics, first, actions, sampling)
  const whole = await wholeSequence(dynamics, 20)
  for (let t = 1; t < 20; t++) {
    const decoded = await decode(whole, t, { played, actions, sampling })
    expect(decoded, `frame ${t}`).toEqual(played[t])
  }
  expect(await play(dynamics, first, actions, { ...sampling, guidance: 1 })).not.toEqual(played)
})

/** A part of the model, recorded for a chunk of frames; it gives the tensors to compare, with as many rows for every frame. */
type Part = (p: Program, input: { pictures: Tensor; codes: Tensor; frameInfo: Tensor }, chunk: number) => Tensor[]

/** Runs a part over 9 frames, `chunk` at a time: every tensor it gives, all frames one after another. */
async function run(part: Part, chunk: number, codesPerFrame: number, codeCount: number): Promise<number[][]> {
  const FRAMES = 9
  const { height, width } = CONFIG.frame
  const random = randomNumbers(8)
  const below = (n: number) => Math.floor(((random() + 1) / 2) * n)
  const pixels = Uint32Array.from({ length: FRAMES * height * width }, () => below(2 ** 24))
  const codes = Int32Array.from({ length: FRAMES * codesPerFrame }, () => below(codeCount))
  const actions = [-1, ...randomActions(FRAMES, CONFIG.latent_action.actions)]
  const p = new Program(gpu, 'part')
  const input = {
    pictures: gpu.tensor('pictures', [chunk, height, width], 'u32'),
    codes: gpu.tensor('codes', [chunk * codesPerFrame], 'i32'),
    frameInfo: gpu.tensor('frameInfo', [2 + chunk], 'i32'),
  }
  const outputs = part(p, input, chunk).map(t => (t.isIntermediate ? kept(t) : t))
  await p.build()
  const results: number[][] = outputs.map(() => [])
  for (let t = 0; t < FRAMES; t += chunk) {
    gpu.write(input.pictures, pixels.slice(t * height * width, (t + chunk) * height * width))
    gpu.write(input.codes, codes.slice(t * codesPerFrame, (t + chunk) * codesPerFrame))
    gpu.write(input.frameInfo, Int32Array.from([t, 0, ...actions.slice(t, t + chunk)]))
    p.run()
    for (const [i, output] of outputs.entries())
      results[i]!.push(...(output.type === 'i32' ? await integers(output) : await numbers(output)))
  }
  return results
}

/** Frame by frame, three at a time and all nine at once: the same within 1e-6. */
async function sameInChunks(part: Part, codesPerFrame: number, codeCount: number): Promise<void> {
  const atOnce = await run(part, 9, codesPerFrame, codeCount)
  for (const chunk of [1, 3]) {
    const streamed = await run(part, chunk, codesPerFrame, codeCount)
    atOnce.forEach((whole, output) => {
      const worst = Math.max(...whole.map((v, i) => Math.abs(v - streamed[output]![i]!)))
      expect(worst, `output ${output} in chunks of ${chunk}`).toBeLessThanOrEqual(1e-6)
      expect(new Set(whole).size).toBeGreaterThan(1)
    })
  }
}

test.each([
  ['st-vivit', 3],
  ['vit', 3],
  ['c-vivit', 3],
  ['c-vivit', 1],
] as const)(
  'the %s tokenizer streamed over a window of %i is the tokenizer of the whole clip',
  async (variant, window) => {
    const config = { ...CONFIG, tokenizer: { ...CONFIG.tokenizer, variant, window } }
    const file = randomModel(config, 11)['tokenizer.safetensors']!
    const model = await Tokenizer.load(gpu, config, bytesSource('tokenizer.safetensors', file))
    const encode: Part = (p, { pictures, frameInfo }, chunk) => {
      const codes = gpu.tensor('codes', [chunk * model.tokensPerFrame], 'i32')
      return [model.encode(p, pictures, { frameInfo, cache: model.encoderKvCache(chunk) }, codes), codes]
    }
    const decode: Part = (p, { pictures, codes, frameInfo }, chunk) => {
      const pixels = gpu.tensor('pixels', [...pictures.shape, 3], 'f32')
      model.decode(p, codes, { frameInfo, cache: model.decoderKvCache(chunk) }, pixels)
      return [pixels]
    }
    await sameInChunks(encode, 1, 1)
    await sameInChunks(decode, model.tokensPerFrame, CONFIG.tokenizer.codes)
  },
)

test('the latent action model streamed over a window of 2 is that of the whole clip', async () => {
  const model = await LatentActionModel.load(gpu, CONFIG, source('latent_action.safetensors'))
  const encode: Part = (p, { pictures, frameInfo }, chunk) => {
    const codes = gpu.tensor('codes', [chunk], 'i32')
    return [model.encode(p, pictures, { frameInfo, cache: model.encoderKvCache(chunk) }, codes), codes]
  }
  const decode: Part = (p, { pictures, codes, frameInfo }, chunk) => {
    const pixels = gpu.tensor('pixels', [...pictures.shape, 3], 'f32')
    model.decode(p, pictures, codes, { frameInfo, cache: model.decoderKvCache(chunk) }, pixels)
    return [pixels]
  }
  await sameInChunks(encode, 1, 1)
  await sameInChunks(decode, 1, CONFIG.latent_action.actions)
})

test('the latent action model of tokens streamed over a window of 2 is that of the whole clip', async () => {
  const config = { ...CONFIG, latent_action: { ...CONFIG.latent_action, input: 'tokens' as const, patch: 3 } }
  const file = randomModel(config, 11)['latent_action.safetensors']!
  const model = await LatentActionModel.load(gpu, config, bytesSource('latent_action.safetensors', file))
  const encode: Part = (p, { codes, frameInfo }, chunk) => {
    const actions = gpu.tensor('actions', [chunk], 'i32')
    return [model.encode(p, codes, { frameInfo, cache: model.encoderKvCache(chunk) }, actions), actions]
  }
  // Action 1 leaves from every frame.
  const decode: Part = (p, { codes, frameInfo }, chunk) => {
    const actions = gpu.tensor('actions', [chunk], 'i32')
    gpu.write(actions, new Int32Array(chunk).fill(1))
    return [model.predict(p, codes, actions, { frameInfo, cache: model.decoderKvCache(chunk) })]
  }
  await sameInChunks(encode, 6, CONFIG.tokenizer.codes)
  await sameInChunks(decode, 6, CONFIG.tokenizer.codes)
})

test('the dynamics streamed over a window of 4 is that of the whole clip, masked tokens and null actions among it', async () => {
  const model = await Dynamics.load(gpu, CONFIG, source('dynamics.safetensors'))
  const forward: Part = (p, { codes, frameInfo }, chunk) => [
    model.forward(p, codes, { frameInfo, cache: model.kvCache(chunk) }),
  ]
  await sameInChunks(forward, model.tokensPerFrame, CONFIG.tokenizer.codes + 1)
})
