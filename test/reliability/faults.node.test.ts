// Out of memory at an allocation, and a device that is lost at a call, in everything that a world and a training do: a named error of one
// sentence, everything freed, and no error on an embedder's device.
import { expect, test } from 'vitest'
import { NO_DRIVER, requestDawnAdapter } from '../../src/cli/dawn.ts'
import type { GpuOptions } from '../../src/gpu/device.ts'
import { GpuError } from '../../src/gpu/errors.ts'
import { Gpu } from '../../src/gpu/gpu.ts'
import { Pcg } from '../../src/random.ts'
import { trainableOf } from '../../src/training/components/spec.ts'
import { COMPONENTS } from '../../src/training/components.ts'
import { BASE_WEIGHTS } from '../../src/training/losses.ts'
import { TrainingStep } from '../../src/training/step.ts'
import { bytesSource } from '../../src/weights/safetensors.ts'
import { World } from '../../src/world/world.ts'
import { filesSource, randomModel, randomPicture, smallConfig } from '../helpers/random_model.ts'
import { budget, PATIENCE, report, SEED } from './budget.ts'
import { type FaultyDevice, makeFaulty } from './faults.ts'

const config = smallConfig()
const files = randomModel(config)
const source = filesSource(files)
const picture = randomPicture(14, 10)
const NO_MEMORY = 'the GPU does not have enough memory: free other models or use a smaller one'
const LOST = /^the GPU device was lost \([^)]*\): load the model again$/

const adapter = await requestDawnAdapter().catch(error => {
  if (error.message === NO_DRIVER) return undefined
  throw error
})

const load = (on: GpuOptions) => World.load(source, { ...on, precision: 'f32' })

/** Something that a world does, between the world's prompt and its end. */
const inPlay = (act: (world: World) => Promise<unknown>) => async (on: GpuOptions, isReady: () => void) => {
  const world = await load(on)
  try {
    await world.prompt(picture)
    isReady()
    await act(world)
  } finally {
    world.dispose()
  }
}

/** What may fail, from `isReady` on. */
const ACTS: Record<string, (on: GpuOptions, isReady: () => void) => Promise<unknown>> = {
  async load(on) {
    ;(await load(on)).dispose()
  },
  async tune(on, isReady) {
    let isTuning = false
    const getItem = () => {
      if (!isTuning) isReady()
      isTuning = true
      return null
    }
    const tuningCache = { getItem, setItem: () => undefined }
    ;(await World.load(source, { ...on, precision: 'f32', tune: Number.POSITIVE_INFINITY, tuningCache })).dispose()
  },
  prompt: inPlay(world => world.prompt(picture)),
  'step and read': inPlay(async world => {
    world.step(1)
    await world.read()
    await world.ready
    world.step(0)
    await world.tokens()
  }),
  guidance: inPlay(async world => {
    world.sampling.guidance = 2
    world.step(1)
    await world.tokens()
  }),
  watch: inPlay(async world => {
    world.recordDecoding(true)
    world.step(1)
    await world.decodingSteps()
    await world.tokens()
  }),
  fork: inPlay(async world => {
    const child = world.fork()
    try {
      const grandchild = child.fork()
      try {
        grandchild.step(1)
        await grandchild.tokens()
      } finally {
        grandchild.dispose()
      }
      await child.read()
    } finally {
      child.dispose()
    }
  }),
  snapshot: inPlay(async world => {
    const snapshot = world.save()
    world.step(1)
    await world.tokens()
    world.restore(snapshot)
    await world.read()
    snapshot.dispose()
  }),
  texture: inPlay(async world => {
    void world.texture
    await world.read()
  }),
  timing: inPlay(async world => {
    const timed = world.timeNextFrame()
    world.step(1)
    await timed
  }),
  replay: inPlay(async world => {
    world.step(1)
    await world.replay(world.recording())
    await world.tokens()
  }),
  async training(on) {
    const [component] = COMPONENTS
    const file = 'tokenizer.safetensors'
    const gpu = await Gpu.create({ ...on, precision: 'f32' })
    try {
      const trainable = trainableOf(component!, config, { clips: 1, frames: 2 })
      const training = await TrainingStep.create(gpu, trainable, bytesSource(file, files[file]!))
      training.configure({ step: 1, learningRate: 1e-3, lossWeights: BASE_WEIGHTS })
      training.run()
      await training.done()
      await training.read()
      await training.weights()
      await training.optimizerState()
    } finally {
      gpu.dispose()
    }
  },
}

/** Does it on the embedder's device, or on one of the engine's own. @returns the error */
async function run(name: string, watched: FaultyDevice, isOwn: boolean, fault: object): Promise<unknown> {
  // The engine requests its own device from the adapter.
  const lender = Object.assign(Object.create(adapter!), { requestDevice: async () => watched.device })
  const on = isOwn
    ? {
        adapter: {
          features: adapter!.features,
          limits: adapter!.limits,
          info: adapter!.info,
          requestDevice: lender.requestDevice,
        } as never,
      }
    : { device: watched.device }
  watched.reset(name === 'load' || name === 'training' ? fault : {})
  try {
    await ACTS[name]!(on, () => watched.reset(fault))
    return undefined
  } catch (error) {
    return error
  }
}

const newDevice = async () => {
  const features = (['timestamp-query', 'subgroups'] as const).filter(f => adapter!.features.has(f))
  return makeFaulty(await (await requestDawnAdapter()).requestDevice({ requiredFeatures: [...features] }))
}

/** The numbers below `count` in a random order. */
const shuffled = (count: number, random: Pcg): number[] =>
  Array.from({ length: count }, (_, i) => [random.below(2 ** 30), i] as const)
    .sort(([a], [b]) => a - b)
    .map(([, i]) => i)

const NAMES = Object.keys(ACTS)

for (const isOwn of [false, true]) {
  const whose = isOwn ? 'our device' : "an embedder's device"
  test.skipIf(!adapter)(
    `no memory on ${whose}`,
    async () => {
      const random = new Pcg(SEED)
      let injected = 0
      for (const name of NAMES) {
        let watched = await newDevice()
        expect(await run(name, watched, isOwn, {}), name).toBeUndefined()
        const { allocations } = watched
        const goesOn = budget('memory', 4, NAMES.length)
        for (const [tried, allocation] of shuffled(allocations, random).entries()) {
          if (!goesOn(tried)) break
          if (isOwn) watched = await newDevice()
          const error = await run(name, watched, isOwn, { allocation })
          const what = `${name}, allocation ${allocation} of ${allocations}`
          expect(error, what).toEqual(new GpuError(NO_MEMORY, 'out-of-memory'))
          expect([watched.alive, watched.uncaptured], what).toEqual([0, []])
          injected++
        }
        if (!isOwn) expect(await run(name, watched, false, {}), `${name} after all that`).toBeUndefined()
        watched.device.destroy()
      }
      report(
        "out of memory at an allocation, on our device and on an embedder's",
        injected,
        "a named error, everything freed, the embedder's device unharmed",
      )
    },
    PATIENCE,
  )
}

for (const isOwn of [false, true]) {
  const whose = isOwn ? 'our device' : "an embedder's device"
  test.skipIf(!adapter)(
    `loss of ${whose}`,
    async () => {
      const random = new Pcg(SEED)
      let injected = 0
      for (const name of NAMES) {
        const whole = await newDevice()
        expect(await run(name, whole, isOwn, {}), name).toBeUndefined()
        const goesOn = budget('loss', 2, NAMES.length)
        for (const [tried, call] of shuffled(whole.calls, random).entries()) {
          if (!goesOn(tried)) break
          const watched = await newDevice()
          const error = await run(name, watched, isOwn, { call })
          const what = `${name}, call ${call} of ${whole.calls}`
          expect(error, what).toBeInstanceOf(GpuError)
          expect((error as GpuError).message, what).toMatch(LOST)
          expect([watched.alive, watched.uncaptured], what).toEqual([0, []])
          injected++
        }
        whole.device.destroy()
      }
      report("device lost at a call, ours and an embedder's", injected, 'a named error, everything freed')
    },
    PATIENCE,
  )
}
