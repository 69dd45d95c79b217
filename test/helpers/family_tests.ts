// What holds for every family whose models come from its authors' checkpoints: its golden case, and its world through the public API.

import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { convertCheckpoints } from '../../src/families/convert.ts'
import { parseConfig } from '../../src/families/parse_config.ts'
import { Gpu } from '../../src/gpu/gpu.ts'
import type { ComparisonRow } from '../../src/validation/comparison.ts'
import { validate } from '../../src/validation/validate.ts'
import type { ModelCheckpoint } from '../../src/weights/pytorch/checkpoint.ts'
import { type ByteSource, bytesSource, hostTensor, joined, readSafetensors } from '../../src/weights/safetensors.ts'
import { worldMemory } from '../../src/world/memory.ts'
import { World } from '../../src/world/world.ts'
import { countingDevice } from './counting_device.ts'
import { fetchFiles, opener } from './fetch_files.ts'
import { rewritten } from './half_precision.ts'
import { playedTokens } from './play_world.ts'
import { type Files, filesSource, randomPicture } from './random_model.ts'

interface FamilyCase {
  /** The folder of the golden case: the checkpoints and reference.safetensors. */
  folder: string
  checkpoints: string[]
  read(source: ByteSource): Promise<ModelCheckpoint>
  /** The bundle's outputs, without `out.`, and the largest error of a float. */
  outputs: string[]
  worst: number
  /** Component, tensor that is changed, an output that then fails. */
  wrong: [string, string, string][]
  width: number
  height: number
  codes: number
  actions: number[]
  /** How many frames are played, one submit each. */
  frames: number
  /** Called when a roll-out of the bundle was played. */
  played?(run: string, world: World, bundle: Bundle): Promise<void>
}

type Bundle = Awaited<ReturnType<typeof readSafetensors>>

/** Defines the tests. What it returns is filled before the first of them, for the family's own tests. */
export function familyTests(c: FamilyCase) {
  const m = {} as {
    device: GPUDevice
    files: Files
    bundle: Uint8Array
    world: World
    /** A random picture of the frame's size. */
    picture: ReturnType<typeof randomPicture>
    judge(model: Files, reference?: Uint8Array): Promise<ComparisonRow[]>
  }
  m.picture = randomPicture(c.width, c.height)
  m.judge = async (model, reference = m.bundle) => {
    const config = parseConfig(new TextDecoder().decode(model['config.json']))
    const gpu = await Gpu.create({ device: m.device, precision: 'f32' })
    try {
      return await validate(gpu, config, opener(model), bytesSource('reference.safetensors', reference))
    } finally {
      gpu.dispose()
    }
  }

  beforeAll(async () => {
    m.device = (await Gpu.create()).device
    const fetched = await fetchFiles(c.folder, [...c.checkpoints, 'reference.safetensors'])
    m.bundle = fetched['reference.safetensors']!
    const checkpoints = await Promise.all(c.checkpoints.map(name => c.read(bytesSource(name, fetched[name]!))))
    const converted = Object.entries(await convertCheckpoints(checkpoints, 'tiny'))
    m.files = Object.fromEntries(converted.map(([name, pieces]) => [name, joined(pieces)]))
    m.world = await World.load(filesSource(m.files), { device: m.device, precision: 'f32' })
  })
  afterAll(() => {
    m.world?.dispose()
    m.device?.destroy()
  })

  test('every output of the golden case holds, and no code, action, token or order differs', async () => {
    const rows = await m.judge(m.files)
    const expected = c.outputs.map(output => [`out.${output}`, true, 0])
    expect(rows.map(r => [r.output, r.holds, r.differing ?? 0])).toEqual(expected)
    for (const { output, worst } of rows) if (worst !== undefined) expect(worst, output).toBeLessThan(c.worst)
  })

  describe('a wrong model fails', () => {
    test.each(c.wrong)('%s: %s', async (component, tensor, output) => {
      const file = `${component}.safetensors`
      const changed = await rewritten(m.files[file]!, (values, shape, name) =>
        hostTensor(name === tensor ? values.map((v, i) => v + (i % 2 ? 0.5 : -0.5)) : values, shape),
      )
      const failed = (await m.judge({ ...m.files, [file]: changed })).filter(r => !r.holds).map(r => r.output)
      expect(failed).toContain(output)
    })
  })

  describe('a world', () => {
    test("plays the bundle's greedy and sampled roll-outs, token for token, from its prompt", async () => {
      const bundle = await readSafetensors(bytesSource('bundle', m.bundle))
      const { tensors, metadata } = bundle
      const { width, height } = c
      const rgb = tensors.get('in.prompt')!.data
      const size = width * height
      const prompt = Array.from({ length: rgb.length / (3 * size) }, (_, t) => {
        const data = new Uint8Array(4 * size).fill(255)
        for (let i = 0; i < size; i++) data.set(rgb.subarray(3 * (t * size + i), 3 * (t * size + i) + 3), 4 * i)
        return { width, height, data }
      })
      const play = [...new Int32Array(tensors.get('in.play')!.data.buffer)]
      for (const [run, temperature, seed] of [
        ['greedy', 0, 0],
        ['sampled', Number(metadata['sampled.temperature']), Number(metadata['sampled.seed'])],
      ] as const) {
        Object.assign(m.world.sampling, { steps: Number(metadata.steps), temperature, seed })
        await m.world.prompt(prompt)
        const expected = new Int32Array(tensors.get(`out.${run}.tokens`)!.data.buffer)
        expect((await playedTokens(m.world, play)).flat(), run).toEqual([...expected])
        await c.played?.(run, m.world, bundle)
      }
    })

    test(`goes on for ${c.frames} frames, one submit each, and reads nothing back`, async () => {
      const counting = await countingDevice()
      const counted = await World.load(filesSource(m.files), { device: counting.device, precision: 'f32' })
      await counted.prompt(m.picture)
      counted.step(1)
      for (let i = 0; i < c.frames; i++) {
        await counted.ready
        counting.counts.reset()
        expect(counted.step(i % counted.config.latent_action.actions)).toBe(true)
        counted.flush()
        expect(counting.counts.calls.submit).toBe(1)
        expect(counting.counts.calls.mapAsync ?? 0).toBe(0)
      }
      expect(counted.frame).toBe(c.frames + 2)
      const tokens = await counted.tokens()
      expect(tokens.every(token => token >= 0 && token < c.codes)).toBe(true)
      counted.dispose()
      counting.device.destroy()
    })

    test('returns to a snapshot, forks, and replays its recording, to the same tokens', async () => {
      const { world } = m
      await world.prompt(m.picture)
      await playedTokens(world, c.actions.slice(0, 2))
      const snapshot = world.save()
      const twin = world.fork()
      const after = await playedTokens(world, c.actions.slice(2))
      const recording = world.recording()
      expect(await playedTokens(twin, c.actions.slice(2))).toEqual(after)
      world.restore(snapshot)
      expect(await playedTokens(world, c.actions.slice(2))).toEqual(after)
      await world.replay(recording)
      expect([...(await world.tokens())]).toEqual(after.at(-1))
      twin.dispose()
      snapshot.dispose()
    })

    test('has neither guidance nor choice noise, and says so', async () => {
      const { world } = m
      await world.prompt(m.picture)
      for (const setting of ['guidance', 'choice_temperature'] as const) {
        const before = world.sampling[setting]
        world.sampling[setting] = 2
        expect(() => world.step(0)).toThrow(`sampling.${setting} is 2, models of this family support only ${before}`)
        world.sampling[setting] = before
      }
      expect(world.frame).toBe(1)
    })

    test('takes the memory that is predicted for it', async () => {
      const counting = await countingDevice()
      const counted = await World.load(filesSource(m.files), { device: counting.device, precision: 'f32', tune: false })
      const { total } = await worldMemory(counted.config, 'f32')
      expect(total).toBe(counting.counts.aliveBytes)
      counted.dispose()
      counting.device.destroy()
    })
  })
  return m
}
