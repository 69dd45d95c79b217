// The time of a frame, split by stage from timestamp queries.

import { afterAll, beforeAll, expect, test } from 'vitest'
import { World } from '../../src/world/world.ts'
import { type Counts, countingDevice } from '../helpers/counting_device.ts'
import { filesSource, randomModel, randomPicture, smallConfig } from '../helpers/random_model.ts'

const CONFIG = smallConfig()
const SOURCE = filesSource(randomModel(CONFIG))
const PICTURE = randomPicture(CONFIG.frame.width, CONFIG.frame.height)

let device: GPUDevice
let counts: Counts
let world: World
beforeAll(async () => {
  ;({ device, counts } = await countingDevice({ requiredFeatures: ['timestamp-query'] }))
  world = await World.load(SOURCE, { device })
})
afterAll(() => {
  world.dispose()
  device.destroy()
})

test('the next frame is timed by stage, is the frame that it would have been, and leaves nothing behind', async () => {
  const canvas = document.createElement('canvas')
  await world.prompt(PICTURE)
  world.step(2)
  const untimed = await world.tokens()
  await world.prompt(PICTURE)
  world.draw(canvas)
  const [bytes, buffers] = [counts.aliveBytes, counts.aliveBuffers]
  const times = world.timeNextFrame()
  world.step(2)
  world.draw(canvas)
  expect(Object.keys((await times)!).sort()).toEqual(['decode', 'draw', 'dynamics', 'sampling'])
  expect((await times)!.dynamics).toBeGreaterThan(0)
  expect(Object.values((await times)!).every(ms => ms >= 0 && Number.isFinite(ms))).toBe(true)
  expect(await world.tokens()).toEqual(untimed)
  expect([counts.aliveBytes, counts.aliveBuffers]).toEqual([bytes, buffers])

  counts.reset()
  await world.ready
  world.step(1)
  world.draw(canvas)
  expect(counts.calls).toMatchObject({ beginComputePass: 1, submit: 1 })
  expect(counts.calls.resolveQuerySet).toBeUndefined()
})

test('a device without timestamp-query gives no times', async () => {
  const { device } = await countingDevice()
  const plain = await World.load(SOURCE, { device })
  await plain.prompt(PICTURE)
  const times = plain.timeNextFrame()
  plain.step(0)
  expect(await times).toBeUndefined()
  plain.dispose()
  device.destroy()
})
