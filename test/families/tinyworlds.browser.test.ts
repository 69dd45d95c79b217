// tinyworlds in the browser: its golden case from the authors' own checkpoints, and its world through the public API.

import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { convertCheckpoints } from '../../src/families/convert.ts'
import { Gpu } from '../../src/gpu/gpu.ts'
import { parseConfig } from '../../src/model/config.ts'
import type { ComparisonRow } from '../../src/validation/comparison.ts'
import { validate } from '../../src/validation/validate.ts'
import { readCheckpoint } from '../../src/weights/pytorch/checkpoint.ts'
import { bytesSource, hostTensor, joined, readSafetensors, writeSafetensors } from '../../src/weights/safetensors.ts'
import { worldMemory } from '../../src/world/memory.ts'
import { World } from '../../src/world/world.ts'
import { countingDevice } from '../helpers/counting_device.ts'
import { fetchFiles, opener } from '../helpers/fetch_files.ts'
import { rewritten } from '../helpers/half_precision.ts'
import { playedTokens } from '../helpers/play_world.ts'
import { type Files, filesSource, randomPicture } from '../helpers/random_model.ts'

const CHECKPOINTS = [
  'tiny_latent_actions_step_5000_2025_09_18_11_25_51.pth',
  'tiny_dynamics_step_7500_2025_09_18_11_25_52.pth',
  'tiny_video_tokenizer_step_2500_2025_09_18_11_25_50.pth',
]

let device: GPUDevice
let files: Files
let bundle: Uint8Array
beforeAll(async () => {
  device = (await Gpu.create()).device
  const fetched = await fetchFiles('/test/golden/tinyworlds/tiny', [...CHECKPOINTS, 'reference.safetensors'])
  bundle = fetched['reference.safetensors']!
  const checkpoints = await Promise.all(CHECKPOINTS.map(name => readCheckpoint(bytesSource(name, fetched[name]!))))
  const converted = Object.entries(await convertCheckpoints(checkpoints, 'tiny'))
  files = Object.fromEntries(converted.map(([name, pieces]) => [name, joined(pieces)]))
})
afterAll(() => device.destroy())

async function judge(model: Files, reference = bundle): Promise<ComparisonRow[]> {
  const config = parseConfig(new TextDecoder().decode(model['config.json']))
  const gpu = await Gpu.create({ device, precision: 'f32' })
  try {
    return await validate(gpu, config, opener(model), bytesSource('reference.safetensors', reference))
  } finally {
    gpu.dispose()
  }
}

const RUNS = ['greedy', 'sampled'].flatMap(run =>
  ['context', 'actions', 'tokens', 'order', 'frames'].map(name => `${run}.${name}`),
)
const OUTPUTS = [
  'latents',
  'codes',
  'reconstruction',
  'action_latents',
  'actions',
  'prediction',
  'prediction_masked',
  'logits',
  'logits_free',
  ...RUNS,
].map(name => `out.${name}`)

test('every output of the golden case holds, and no code, action, token or order differs', async () => {
  const rows = await judge(files)
  expect(rows.map(r => [r.output, r.holds, r.differing ?? 0])).toEqual(OUTPUTS.map(output => [output, true, 0]))
  for (const { output, worst } of rows) if (worst !== undefined) expect(worst, output).toBeLessThan(5e-5)
})

describe('a wrong model fails', () => {
  test.each([
    ['tokenizer', 'encoder.transformer.blocks.1.ffn.norm.rms.weight', 'out.latents'],
    ['tokenizer', 'decoder.transformer.blocks.0.temporal_attn.k_proj.weight', 'out.reconstruction'],
    ['latent_action', 'encoder.action_head.1.bias', 'out.action_latents'],
    ['latent_action', 'decoder.transformer.blocks.0.ffn.norm.to_gamma_beta.1.weight', 'out.prediction'],
    ['latent_action', 'decoder.mask_token', 'out.prediction_masked'],
    ['dynamics', 'transformer.blocks.0.spatial_attn.norm.to_gamma_beta.1.bias', 'out.logits'],
    ['dynamics', 'mask_token', 'out.greedy.tokens'],
  ])('%s: %s', async (component, tensor, output) => {
    const file = `${component}.safetensors`
    const changed = await rewritten(files[file]!, (values, shape, name) =>
      hostTensor(name === tensor ? values.map((v, i) => v + (i % 2 ? 0.5 : -0.5)) : values, shape),
    )
    const failed = (await judge({ ...files, [file]: changed })).filter(r => !r.holds).map(r => r.output)
    expect(failed).toContain(output)
  })
})

test('one wrong token of a roll-out is counted, is no tie, and does not corrupt the rest', async () => {
  const { tensors, metadata } = await readSafetensors(bytesSource('bundle', bundle))
  const tokens = new Int32Array(tensors.get('out.greedy.tokens')!.data.buffer)
  tokens[60] = (tokens[60]! + 1) % 27
  const rows = await judge(files, joined(writeSafetensors(Object.fromEntries(tensors), metadata)))
  const row = rows.find(r => r.output === 'out.greedy.tokens')!
  expect(row).toMatchObject({ excused: 0, holds: false })
  expect(row.differing).toBeGreaterThanOrEqual(1)
  expect(rows.find(r => r.output === 'out.sampled.tokens')).toMatchObject({ differing: 0, holds: true })
})

describe('a world', () => {
  const PICTURE = randomPicture(28, 28)
  const ACTIONS = [1, 6, 0, 7, 3]
  let world: World
  beforeAll(async () => {
    world = await World.load(filesSource(files), { device, precision: 'f32' })
  })
  afterAll(() => world.dispose())

  test("plays the bundle's greedy and sampled roll-outs, token for token, from its prompt", async () => {
    const { tensors } = await readSafetensors(bytesSource('bundle', bundle))
    const rgb = tensors.get('in.prompt')!.data
    const prompt = Array.from({ length: 2 }, (_, t) => {
      const data = new Uint8Array(4 * 28 * 28).fill(255)
      for (let i = 0; i < 28 * 28; i++) data.set(rgb.subarray(3 * (t * 784 + i), 3 * (t * 784 + i) + 3), 4 * i)
      return { width: 28, height: 28, data }
    })
    const play = [...new Int32Array(tensors.get('in.play')!.data.buffer)]
    for (const [run, temperature, seed] of [
      ['greedy', 0, 0],
      ['sampled', 0.5, 134],
    ] as const) {
      Object.assign(world.sampling, { temperature, seed })
      await world.prompt(prompt)
      const expected = new Int32Array(tensors.get(`out.${run}.tokens`)!.data.buffer)
      expect((await playedTokens(world, play)).flat(), run).toEqual([...expected])
    }
  })

  test('goes on for 60 frames, one submit each, and reads nothing back', async () => {
    const counting = await countingDevice()
    const counted = await World.load(filesSource(files), { device: counting.device, precision: 'f32' })
    await counted.prompt(PICTURE)
    counted.step(1)
    await counted.ready
    for (let i = 0; i < 60; i++) {
      await counted.ready
      counting.counts.reset()
      expect(counted.step(i % 8)).toBe(true)
      counted.flush()
      expect(counting.counts.calls.submit).toBe(1)
      expect(counting.counts.calls.mapAsync ?? 0).toBe(0)
    }
    expect(counted.frame).toBe(62)
    const tokens = await counted.tokens()
    expect(tokens.every(token => token >= 0 && token < 27)).toBe(true)
    counted.dispose()
    counting.device.destroy()
  })

  test('returns to a snapshot, forks, and replays its recording, to the same tokens', async () => {
    await world.prompt(PICTURE)
    await playedTokens(world, ACTIONS.slice(0, 1))
    const snapshot = world.save()
    const twin = world.fork()
    const after = await playedTokens(world, ACTIONS.slice(1))
    const recording = world.recording()
    expect(await playedTokens(twin, ACTIONS.slice(1))).toEqual(after)
    world.restore(snapshot)
    expect(await playedTokens(world, ACTIONS.slice(1))).toEqual(after)
    await world.replay(recording)
    expect([...(await world.tokens())]).toEqual(after.at(-1))
    twin.dispose()
    snapshot.dispose()
  })

  test('begins with tokens too, which it decodes', async () => {
    await world.prompt(PICTURE)
    await world.prompt(world.promptTokens())
    expect(world.frame).toBe(1)
    expect((await playedTokens(world, ACTIONS)).length).toBe(5)
  })

  test('is autotuned as any other, and plays the same tokens', async () => {
    const tuned = await World.load(filesSource(files), { device, precision: 'f32', tune: 60_000 })
    expect([...tuned.gpu.variants.keys()].toSorted()).toEqual(['layer_norm', 'linear', 'spatial_attention'])
    tuned.sampling = { ...world.sampling }
    await world.prompt(PICTURE)
    await tuned.prompt(PICTURE)
    expect(await playedTokens(tuned, ACTIONS)).toEqual(await playedTokens(world, ACTIONS))
    tuned.dispose()
  })

  test('has neither guidance nor choice noise, and says so', async () => {
    await world.prompt(PICTURE)
    for (const setting of ['guidance', 'choice_temperature'] as const) {
      const before = world.sampling[setting]
      world.sampling[setting] = 2
      expect(() => world.step(0)).toThrow(`sampling.${setting} is 2, this family of models has only ${before}`)
      world.sampling[setting] = before
    }
    expect(world.frame).toBe(1)
  })

  test('takes the memory that is predicted for it', async () => {
    const counting = await countingDevice()
    const counted = await World.load(filesSource(files), { device: counting.device, precision: 'f32', tune: false })
    const { total } = await worldMemory(counted.config, 'f32')
    expect(total).toBe(counting.counts.aliveBytes)
    counted.dispose()
    counting.device.destroy()
  })
})
