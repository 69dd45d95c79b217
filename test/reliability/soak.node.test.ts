// Nothing leaks: worlds loaded, played and disposed of on one device, many frames in one world, worlds in turn, forks of forks.
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { expect, test } from 'vitest'
import { NO_DRIVER, requestDawnAdapter } from '../../src/cli/dawn.ts'
import { World } from '../../src/world/world.ts'
import { filesSource, randomModel, randomPicture, smallConfig } from '../helpers/random_model.ts'
import { budget, PATIENCE, type Part, percent, report } from './budget.ts'

setFlagsFromString('--expose_gc')
const collect = runInNewContext('gc') as () => void

const hasGpu = await requestDawnAdapter().then(
  () => true,
  error => {
    if (error.message === NO_DRIVER) return false
    throw error
  },
)
const soak = hasGpu ? test : test.skip
const model = filesSource(randomModel(smallConfig()))
const picture = randomPicture(14, 10)

/** A device that counts its buffers and listeners, and the bytes of the heap that stay after collection. */
async function watchedDevice() {
  const device = await (await requestDawnAdapter()).requestDevice()
  const counts = { buffers: 0, listeners: 0 }
  const create = device.createBuffer.bind(device)
  device.createBuffer = descriptor => {
    const buffer = create(descriptor)
    const destroy = buffer.destroy.bind(buffer)
    let isAlive = true
    counts.buffers++
    buffer.destroy = () => {
      if (isAlive) counts.buffers--
      isAlive = false
      return destroy()
    }
    return buffer
  }
  for (const [name, by] of [
    ['addEventListener', 1],
    ['removeEventListener', -1],
  ] as const) {
    const method = device[name].bind(device) as (...args: unknown[]) => void
    device[name] = (...args: unknown[]) => {
      counts.listeners += by
      method(...args)
    }
  }
  const heap = async () => {
    // Finalizers and settled promises take turns of the loop.
    for (let i = 0; i < 5; i++) {
      await new Promise(resolve => setImmediate(resolve))
      collect()
    }
    return process.memoryUsage().heapUsed
  }
  return { device, counts, heap }
}

/**
 * Runs `cycle` to warm up, for half as long as it then runs `least` times or more.
 * @returns how often it ran, and the heap's growth; buffers and listeners are flat
 */
async function grow(
  part: Part,
  least: number,
  watched: Awaited<ReturnType<typeof watchedDevice>>,
  cycle: () => Promise<void>,
): Promise<[cycles: number, outcome: string]> {
  // Compiled code grows for some hundred cycles.
  const goesOn = budget(part, Math.max(20, least / 2), 3)
  let warm = 0
  for (; goesOn(warm); warm++) await cycle()
  const [before, { buffers, listeners }] = [await watched.heap(), watched.counts]
  const isMore = budget(part, least, 1.5)
  let cycles = 0
  for (; isMore(cycles); cycles++) await cycle()
  const growth = 100 * ((await watched.heap()) / before - 1)
  expect([watched.counts.buffers, watched.counts.listeners]).toEqual([buffers, listeners])
  expect(growth).toBeLessThan(2)
  return [cycles, `JS heap ${percent(growth)}, GPU buffers and listeners +0`]
}

const load = (device: GPUDevice) => World.load(model, { device, precision: 'f32' })

const CYCLES = 20
soak(
  `${CYCLES} worlds loaded, played and disposed of on one device`,
  async () => {
    const watched = await watchedDevice()
    const [done, outcome] = await grow('cycles', CYCLES, watched, async () => {
      const world = await load(watched.device)
      await world.prompt(picture)
      world.step(1)
      await world.tokens()
      world.dispose()
    })
    watched.device.destroy()
    report('load, play, dispose on one device', done, outcome)
  },
  PATIENCE,
)

const FRAMES = 200
soak(
  `${FRAMES} frames in one world`,
  async () => {
    const watched = await watchedDevice()
    const world = await load(watched.device)
    await world.prompt(picture)
    const [done, outcome] = await grow('frames', FRAMES / 10, watched, async () => {
      for (let i = 0; i < 10; i++) {
        await world.ready
        world.step(i % world.actions)
      }
      await world.tokens()
    })
    world.dispose()
    watched.device.destroy()
    report('frames in one world', 10 * done, outcome)
  },
  PATIENCE,
)

const TURNS = 5
soak(
  `8 worlds in turn, ${TURNS} times`,
  async () => {
    const watched = await watchedDevice()
    const worlds: World[] = []
    for (let i = 0; i < 8; i++) worlds.push(await load(watched.device))
    for (const world of worlds) await world.prompt(picture)
    const [done, outcome] = await grow('turns', TURNS, watched, async () => {
      for (const world of worlds) {
        world.step(1)
        await world.tokens()
      }
    })
    for (const world of worlds) world.dispose()
    watched.device.destroy()
    report('rounds of 8 worlds in turn', done, outcome)
  },
  PATIENCE,
)

const FORKS = 20
soak(
  `${FORKS} forks of forks`,
  async () => {
    const watched = await watchedDevice()
    const world = await load(watched.device)
    await world.prompt(picture)
    const [done, outcome] = await grow('forks', FORKS, watched, async () => {
      const child = world.fork()
      const grandchild = child.fork()
      grandchild.step(1)
      await grandchild.tokens()
      child.dispose()
      grandchild.dispose()
    })
    world.dispose()
    watched.device.destroy()
    report('forks of forks', done, outcome)
  },
  PATIENCE,
)
