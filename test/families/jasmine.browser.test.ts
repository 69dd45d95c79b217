// jasmine in the browser: its golden case from one file of all parameters, and its world through the public API.

import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { convertCheckpoints, readSafetensorsCheckpoint } from '../../src/families/convert.ts'
import { Gpu } from '../../src/gpu/gpu.ts'
import { parseConfig } from '../../src/model/config.ts'
import type { ComparisonRow } from '../../src/validation/comparison.ts'
import { validate } from '../../src/validation/validate.ts'
import { bytesSource, hostTensor, joined, readSafetensors } from '../../src/weights/safetensors.ts'
import { worldMemory } from '../../src/world/memory.ts'
import { World } from '../../src/world/world.ts'
import { countingDevice } from '../helpers/counting_device.ts'
import { fetchFiles, opener } from '../helpers/fetch_files.ts'
import { rewritten } from '../helpers/half_precision.ts'
import { playedTokens } from '../helpers/play_world.ts'
import { type Files, filesSource, randomPicture } from '../helpers/random_model.ts'

const [WIDTH, HEIGHT, ACTIONS] = [19, 14, [1, 4, 0, 2, 3, 3, 1]]

let device: GPUDevice
let files: Files
let bundle: Uint8Array
beforeAll(async () => {
  device = (await Gpu.create()).device
  const fetched = await fetchFiles('/test/golden/jasmine/tiny', ['world.safetensors', 'reference.safetensors'])
  bundle = fetched['reference.safetensors']!
  const checkpoint = await readSafetensorsCheckpoint(bytesSource('world', fetched['world.safetensors']!))
  const converted = Object.entries(await convertCheckpoints([checkpoint], 'tiny'))
  files = Object.fromEntries(converted.map(([name, pieces]) => [name, joined(pieces)]))
})
afterAll(() => device.destroy())

async function judge(model: Files): Promise<ComparisonRow[]> {
  const config = parseConfig(new TextDecoder().decode(model['config.json']))
  const gpu = await Gpu.create({ device, precision: 'f32' })
  try {
    return await validate(gpu, config, opener(model), bytesSource('reference.safetensors', bundle))
  } finally {
    gpu.dispose()
  }
}

const RUNS = ['greedy', 'sampled'].flatMap(run => ['tokens', 'order', 'frames'].map(name => `${run}.${name}`))
const OUTPUTS = ['latents', 'codes', 'reconstruction', 'action_latents', 'actions', 'logits', ...RUNS]

test('every output of the golden case holds, and no code, action, token or order differs', async () => {
  const rows = await judge(files)
  expect(rows.map(r => [r.output, r.holds, r.differing ?? 0])).toEqual(
    OUTPUTS.map(output => [`out.${output}`, true, 0]),
  )
  for (const { output, worst } of rows) if (worst !== undefined) expect(worst, output).toBeLessThan(2e-5)
})

describe('a wrong model fails', () => {
  test.each([
    ['tokenizer', 'tokenizer.encoder.blocks.0.ffn_norm.scale', 'out.latents'],
    ['tokenizer', 'tokenizer.encoder.input_norm1.bias', 'out.latents'],
    ['tokenizer', 'tokenizer.decoder.blocks.0.temporal_attention.key.kernel', 'out.reconstruction'],
    ['tokenizer', 'tokenizer.vq.codebook', 'out.codes'],
    ['latent_action', 'lam.action_in', 'out.action_latents'],
    ['latent_action', 'lam.vq.codebook', 'out.actions'],
    ['dynamics', 'lam.vq.codebook', 'out.logits'],
    ['dynamics', 'dynamics.transformer.blocks.1.spatial_attention.out.kernel', 'out.logits'],
    ['dynamics', 'dynamics.mask_token', 'out.greedy.order'],
  ])('%s: %s', async (component, tensor, output) => {
    const file = `${component}.safetensors`
    const changed = await rewritten(files[file]!, (values, shape, name) =>
      hostTensor(name === tensor ? values.map((v, i) => v + (i % 2 ? 0.5 : -0.5)) : values, shape),
    )
    const failed = (await judge({ ...files, [file]: changed })).filter(r => !r.holds).map(r => r.output)
    expect(failed).toContain(output)
  })
})

describe('a world', () => {
  const PICTURE = randomPicture(WIDTH, HEIGHT)
  let world: World
  beforeAll(async () => {
    world = await World.load(filesSource(files), { device, precision: 'f32' })
  })
  afterAll(() => world.dispose())

  test("plays the bundle's greedy and sampled roll-outs, token for token, beyond the window's end", async () => {
    const { tensors, metadata } = await readSafetensors(bytesSource('bundle', bundle))
    const rgb = tensors.get('in.prompt')!.data
    const size = WIDTH * HEIGHT
    const prompt = Array.from({ length: 2 }, (_, t) => {
      const data = new Uint8Array(4 * size).fill(255)
      for (let i = 0; i < size; i++) data.set(rgb.subarray(3 * (t * size + i), 3 * (t * size + i) + 3), 4 * i)
      return { width: WIDTH, height: HEIGHT, data }
    })
    const play = [...new Int32Array(tensors.get('in.play')!.data.buffer)]
    expect(prompt.length + play.length).toBeGreaterThan(world.config.dynamics.window)
    for (const [run, temperature, seed] of [
      ['greedy', 0, 0],
      ['sampled', 1, Number(metadata['sampled.seed'])],
    ] as const) {
      Object.assign(world.sampling, { steps: Number(metadata.steps), temperature, seed })
      await world.prompt(prompt)
      const expected = new Int32Array(tensors.get(`out.${run}.tokens`)!.data.buffer)
      expect((await playedTokens(world, play)).flat(), run).toEqual([...expected])
      const frames = new Float32Array(tensors.get(`out.${run}.frames`)!.data.buffer)
      const shown = await world.read()
      const last = frames.subarray(-3 * size)
      last.forEach((v, i) => {
        const byte = shown[4 * Math.floor(i / 3) + (i % 3)]!
        expect(Math.abs(byte - 255 * v), `${run} value ${i}`).toBeLessThanOrEqual(0.51)
      })
    }
  })

  test('goes on for 40 frames, one submit each, and reads nothing back', async () => {
    const counting = await countingDevice()
    const counted = await World.load(filesSource(files), { device: counting.device, precision: 'f32' })
    await counted.prompt(PICTURE)
    counted.step(1)
    for (let i = 0; i < 40; i++) {
      await counted.ready
      counting.counts.reset()
      expect(counted.step(i % 5)).toBe(true)
      counted.flush()
      expect(counting.counts.calls.submit).toBe(1)
      expect(counting.counts.calls.mapAsync ?? 0).toBe(0)
    }
    const tokens = await counted.tokens()
    expect(tokens.every(token => token >= 0 && token < 37)).toBe(true)
    counted.dispose()
    counting.device.destroy()
  })

  test('returns to a snapshot, forks, and replays its recording, to the same tokens', async () => {
    await world.prompt(PICTURE)
    await playedTokens(world, ACTIONS.slice(0, 2))
    const snapshot = world.save()
    const twin = world.fork()
    const after = await playedTokens(world, ACTIONS.slice(2))
    const recording = world.recording()
    expect(await playedTokens(twin, ACTIONS.slice(2))).toEqual(after)
    world.restore(snapshot)
    expect(await playedTokens(world, ACTIONS.slice(2))).toEqual(after)
    await world.replay(recording)
    expect([...(await world.tokens())]).toEqual(after.at(-1))
    twin.dispose()
    snapshot.dispose()
  })

  test('begins with the tokens of a picture as with the picture', async () => {
    await world.prompt(PICTURE)
    const played = await playedTokens(world, ACTIONS)
    await world.prompt(PICTURE)
    await world.prompt(world.promptTokens())
    expect(await playedTokens(world, ACTIONS)).toEqual(played)
  })

  test('has neither guidance nor choice noise, and says so', async () => {
    await world.prompt(PICTURE)
    for (const setting of ['guidance', 'choice_temperature'] as const) {
      const before = world.sampling[setting]
      world.sampling[setting] = 2
      expect(() => world.step(0)).toThrow(`sampling.${setting} is 2, this family of models has only ${before}`)
      world.sampling[setting] = before
    }
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
