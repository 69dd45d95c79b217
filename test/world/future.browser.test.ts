// Pace, forks and recordings of worlds on one device.

import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { ArgumentError } from '../../src/gpu/errors.ts'
import { decodeRecording, encodeRecording } from '../../src/world/recording.ts'
import { World } from '../../src/world/world.ts'
import { type Counts, countingDevice } from '../helpers/counting_device.ts'
import { playedTokens } from '../helpers/play_world.ts'
import { filesSource, randomModel, randomPicture, smallConfig } from '../helpers/random_model.ts'

const CONFIG = smallConfig()
const { height, width } = CONFIG.frame
const SOURCE = filesSource(randomModel(CONFIG))
const PICTURE = randomPicture(width, height)
const ACTIONS = [0, 4, 1, 1, 3]

let device: GPUDevice
let counts: Counts
let world: World
beforeAll(async () => {
  ;({ device, counts } = await countingDevice())
  world = await World.load(SOURCE, { device, seed: 8 })
})
afterAll(() => {
  world.dispose()
  device.destroy()
})

describe('a step', () => {
  test('is refused while two frames are in flight, and nothing is queued', async () => {
    await world.prompt(PICTURE)
    counts.reset()
    expect([world.step(0), world.step(1), world.step(2), world.step(3)]).toEqual([true, true, false, false])
    world.flush()
    expect(counts.calls.submit).toBe(2)
    expect(world.frame).toBe(3)
    expect(world.recording().played.flatMap(({ actions }) => actions)).toEqual([0, 1])
  })

  test('is taken again once `ready` resolves, which is when a frame is done', async () => {
    await world.prompt(PICTURE)
    await world.ready
    for (let i = 0; i < 12; i++) {
      expect(world.step(i % 5)).toBe(true)
      await world.ready
    }
    expect(world.frame).toBe(13)
  })

  test('`ready` settles for all who wait, also when the device is lost', async () => {
    const { device: doomed } = await countingDevice()
    const w = await World.load(SOURCE, { device: doomed })
    await w.prompt(PICTURE)
    w.step(0)
    w.step(0)
    const waiting = Promise.all([w.ready, w.ready])
    doomed.destroy()
    await waiting
    expect(() => w.step(0)).toThrow(/^the GPU device was lost/)
  })
})

describe('a fork', () => {
  test('starts from the same state and then plays on its own; both can be drawn', async () => {
    await world.prompt(PICTURE)
    await playedTokens(world, ACTIONS)
    const twin = world.fork()
    expect(twin.frame).toBe(world.frame)
    expect(await twin.read()).toEqual(await world.read())
    const snapshot = world.save()
    const [left, right] = [await playedTokens(world, [1, 1, 1]), await playedTokens(twin, [2, 2, 2])]
    expect(left).not.toEqual(right)
    world.restore(snapshot)
    expect(await playedTokens(world, [2, 2, 2])).toEqual(right)
    expect(await twin.read()).toEqual(await world.read())
    snapshot.dispose()
    twin.dispose()
  })

  test('shares weights, pipelines and scratch memory: it takes memory for its state alone', async () => {
    const before = counts.aliveBytes
    const snapshot = world.save()
    const state = counts.aliveBytes - before
    snapshot.dispose()
    counts.reset()
    const twin = world.fork()
    // Beside what a snapshot copies: the picture, the frame info, the schedule, and the cache of the encoder.
    expect(counts.aliveBytes - before).toBeGreaterThanOrEqual(state)
    expect(counts.aliveBytes - before).toBeLessThan(1.5 * state)
    expect(counts.calls.createComputePipeline ?? 0).toBe(0)
    expect(counts.calls.createComputePipelineAsync ?? 0).toBe(0)
    twin.dispose()
    expect(counts.aliveBytes).toBe(before)
  })

  test('outlives the world it came from; the weights are freed with the last of them', async () => {
    const { device: own, counts: counted } = await countingDevice()
    const first = await World.load(SOURCE, { device: own, seed: 8 })
    await first.prompt(PICTURE)
    const twin = first.fork()
    const third = twin.fork()
    first.dispose()
    twin.dispose()
    const expected = await (async () => {
      await world.prompt(PICTURE)
      world.sampling.seed = 8
      return playedTokens(world, ACTIONS)
    })()
    expect(await playedTokens(third, ACTIONS)).toEqual(expected)
    third.dispose()
    expect([counted.aliveBuffers, counted.aliveBytes]).toEqual([0, 0])
    own.destroy()
  })
})

describe('a recording', () => {
  test('plays the same frames again, in another world, through a link, with settings changed on the way', async () => {
    world.sampling = { ...CONFIG.sampling, seed: 21 }
    await world.prompt([randomPicture(width, height, 4), PICTURE])
    await playedTokens(world, ACTIONS)
    world.sampling.temperature = 0.3
    const frames = await playedTokens(world, [2, 2, 0])
    const link = encodeRecording(world.recording())
    const other = await World.load(SOURCE, { device })
    const again: World['frame'][] = []
    await other.replay(decodeRecording(link), () => again.push(other.frame))
    expect([...(await other.tokens())]).toEqual(frames.at(-1))
    expect(again).toEqual([3, 4, 5, 6, 7, 8, 9, 10])
    expect(await other.read()).toEqual(await world.read())
    expect(other.recording()).toEqual(world.recording())
    other.dispose()
  })

  test('follows a restore: what was played after the snapshot is no part of it', async () => {
    await world.prompt(PICTURE)
    await playedTokens(world, [1, 2])
    const snapshot = world.save()
    await playedTokens(world, [3, 3])
    world.restore(snapshot)
    await playedTokens(world, [4])
    expect(world.recording().played.flatMap(({ actions }) => actions)).toEqual([1, 2, 4])
    snapshot.dispose()
  })

  test('of another model is refused, and so are tokens that no prompt gives', async () => {
    const recording = world.recording()
    await expect(world.replay({ ...recording, model: 'else' })).rejects.toThrow(ArgumentError)
    await expect(world.prompt(new Int32Array(12).fill(19))).rejects.toThrow(
      new ArgumentError("the prompt holds token 19, this world's tokens are 0 … 18"),
    )
    await expect(world.prompt(new Int32Array(13))).rejects.toThrow(
      new ArgumentError("the prompt has 13 tokens, this world's frames have 12 tokens each"),
    )
  })
})
