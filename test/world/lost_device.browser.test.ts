// The device is lost at any moment: every promise then settles, with a GpuError of one sentence.

import { expect, test } from 'vitest'
import { autotune } from '../../src/gpu/autotune.ts'
import { GpuError } from '../../src/gpu/errors.ts'
import { Gpu } from '../../src/gpu/gpu.ts'
import { autotuneCases } from '../../src/model/autotune_cases.ts'
import type { ModelSource } from '../../src/weights/model_source.ts'
import { World } from '../../src/world/world.ts'
import { filesSource, randomModel, randomPicture, smallConfig } from '../helpers/random_model.ts'

const CONFIG = smallConfig()
const SOURCE = filesSource(randomModel(CONFIG))
const PICTURE = randomPicture(CONFIG.frame.width, CONFIG.frame.height)
const LOST = /^the GPU device was lost \(.*\): /

const deviceOf = async () => (await Gpu.create()).device

async function expectLost(work: Promise<unknown>): Promise<void> {
  const error = await work.then(
    value => value,
    (e: unknown) => e,
  )
  expect(error).toBeInstanceOf(GpuError)
  expect((error as Error).message).toMatch(LOST)
}

test('before a load', async () => {
  const device = await deviceOf()
  device.destroy()
  await expectLost(World.load(SOURCE, { device }))
})

test.each(['config.json', 'tokenizer.safetensors', 'dynamics.safetensors'])(
  'during a load, when %s is opened',
  async at => {
    const device = await deviceOf()
    const source: ModelSource = {
      name: 'doomed',
      open(file) {
        if (file === at) device.destroy()
        return SOURCE.open(file)
      },
    }
    await expectLost(World.load(source, { device }))
  },
)

test('during compilation and autotuning', async () => {
  const device = await deviceOf()
  const loading = World.load(SOURCE, { device, tune: 60_000 })
  const compile = device.createComputePipelineAsync.bind(device)
  device.createComputePipelineAsync = descriptor => {
    device.destroy()
    return compile(descriptor)
  }
  await expectLost(loading)
  const gpu = await Gpu.create()
  gpu.device.destroy()
  await expectLost(autotune(gpu, autotuneCases(gpu, CONFIG), Number.POSITIVE_INFINITY))
})

test('in play: prompts, reads, timings and ready settle, and later calls say why', async () => {
  const device = await deviceOf()
  const world = await World.load(SOURCE, { device })
  await world.prompt(PICTURE)
  const times = [world.timeNextFrame(), world.timeNextFrame()]
  for (const action of [0, 1]) world.step(action)
  const pending = [world.read(), world.tokens()]
  const { ready } = world
  device.destroy()
  for (const call of pending) await expectLost(call)
  await ready
  await Promise.allSettled(times)
  for (const call of [() => world.step(0), () => world.save(), () => world.fork(), () => world.texture])
    expect(call).toThrow(LOST)
  await expectLost(world.prompt(PICTURE))
  await expectLost(world.read())
  world.dispose()
})

test('timeNextFrame called twice times one frame, and rejects when the world ends first', async () => {
  const world = await World.load(SOURCE)
  await world.prompt(PICTURE)
  const [first, second] = [world.timeNextFrame(), world.timeNextFrame()]
  world.step(0)
  expect(await first).toEqual(await second)
  const never = world.timeNextFrame()
  world.dispose()
  await expect(never.then(times => times ?? Promise.reject(new GpuError('no timestamps here')))).rejects.toThrow(
    GpuError,
  )
})

test('a world leaves no reaction on the promise of its device, which would keep it reachable', async () => {
  const device = await deviceOf()
  const lost = device.lost
  let reactions = 0
  Object.defineProperty(device, 'lost', {
    get() {
      reactions++
      return lost
    },
  })
  const first = await World.load(SOURCE, { device })
  first.dispose()
  const before = reactions
  for (let i = 0; i < 3; i++) {
    const world = await World.load(SOURCE, { device })
    await world.prompt(PICTURE)
    world.step(0)
    await world.read()
    world.dispose()
  }
  expect(reactions).toBe(before)
  device.destroy()
})
