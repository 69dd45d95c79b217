// The GPU runs out of memory at each allocation in turn: a GpuError by name, everything freed, and the embedder's device still works
// and reports no error.

import { afterEach, beforeEach, expect, test } from 'vitest'
import { GpuError } from '../../src/gpu/errors.ts'
import { Gpu } from '../../src/gpu/gpu.ts'
import { World } from '../../src/world/world.ts'
import { type FailingDevice, failingDevice } from '../helpers/failing_device.ts'
import { filesSource, randomModel, randomPicture, smallConfig } from '../helpers/random_model.ts'

const CONFIG = smallConfig()
const SOURCE = filesSource(randomModel(CONFIG))
const PICTURE = randomPicture(CONFIG.frame.width, CONFIG.frame.height)
const NO_MEMORY = 'the GPU does not have enough memory: free other models or use a smaller one'

let failing: FailingDevice
let device: GPUDevice
beforeEach(async () => {
  failing = await failingDevice()
  device = failing.device
})
afterEach(() => device.destroy())

/** What the host does with its device still works, and it heard of nothing. */
async function expectHostUnharmed(): Promise<void> {
  failing.failAt(-1)
  const gpu = await Gpu.create({ device })
  const tensor = gpu.tensor('host', [4], 'f32')
  gpu.write(tensor, Float32Array.of(1, 2, 3, 4))
  expect([...new Float32Array(await gpu.read(tensor))]).toEqual([1, 2, 3, 4])
  gpu.dispose()
  expect(failing.uncaptured).toEqual([])
}

/** Fails every allocation of `work` in turn. */
async function failEach(work: () => Promise<void>, stride = 1): Promise<void> {
  const first = failing.count()
  await work()
  const allocations = failing.count() - first
  expect(allocations).toBeGreaterThan(0)
  for (let i = 0; i < allocations; i += stride) {
    failing.failAt(failing.count() + i)
    await expect(work(), `allocation ${i} of ${allocations}`).rejects.toThrow(new GpuError(NO_MEMORY, 'out-of-memory'))
  }
}

test('a load', async () => {
  await failEach(async () => {
    const world = await World.load(SOURCE, { device })
    world.dispose()
  }, 7)
  expect(failing.alive()).toEqual({ buffers: 0, textures: 0 })
  await expectHostUnharmed()
})

test('a read: the world plays on', async () => {
  const world = await World.load(SOURCE, { device })
  await world.prompt(PICTURE)
  await failEach(async () => void (await world.read()))
  failing.failAt(-1)
  world.step(0)
  expect(await world.tokens()).toHaveLength(world.promptTokens().length)
  world.dispose()
  await expectHostUnharmed()
})

test('a snapshot: it cannot be restored, and the world plays on', async () => {
  const world = await World.load(SOURCE, { device })
  await world.prompt(PICTURE)
  await failEach(async () => {
    const snapshot = world.save()
    await new Promise(resolve => setTimeout(resolve, 0))
    await world.tokens()
    world.restore(snapshot)
    snapshot.dispose()
  }, 3)
  failing.failAt(-1)
  world.step(0)
  await world.read()
  world.dispose()
  expect(failing.alive()).toEqual({ buffers: 0, textures: 0 })
  await expectHostUnharmed()
})

test('a fork: the fork says so, the world plays on', async () => {
  const world = await World.load(SOURCE, { device })
  await world.prompt(PICTURE)
  await failEach(async () => {
    const twin = world.fork()
    try {
      await twin.read()
    } finally {
      twin.dispose()
    }
  }, 5)
  failing.failAt(-1)
  world.step(0)
  await world.read()
  world.dispose()
  expect(failing.alive()).toEqual({ buffers: 0, textures: 0 })
  await expectHostUnharmed()
})

test.each([
  [
    'guidance',
    (world: World) => {
      world.sampling.guidance = 2
    },
  ],
  ['the trace of decoding', (world: World) => world.recordDecoding(true)],
  ['a texture', (world: World) => void world.texture],
])('the first frame with %s', async (_, change) => {
  /** Plays that frame while the given allocation of it fails. */
  const play = async (failed: number): Promise<number> => {
    failing.failAt(-1)
    const world = await World.load(SOURCE, { device })
    await world.prompt(PICTURE)
    const before = failing.count()
    failing.failAt(before + failed)
    try {
      change(world)
      world.step(0)
      const allocations = failing.count() - before
      await world.read()
      return allocations
    } finally {
      world.dispose()
    }
  }
  const allocations = await play(Number.POSITIVE_INFINITY)
  for (let i = 0; i < allocations; i++) await expect(play(i)).rejects.toThrow(new GpuError(NO_MEMORY, 'out-of-memory'))
  expect(failing.alive()).toEqual({ buffers: 0, textures: 0 })
  await expectHostUnharmed()
})
