// How many dispatches a played frame takes, at the sizes of the shipped world.

import { afterAll, beforeAll, expect, test } from 'vitest'
import { parseConfig } from '../../src/families/parse_config.ts'
import { zeroModel } from '../../src/world/memory.ts'
import { World } from '../../src/world/world.ts'
import { type Counts, countingDevice } from '../helpers/counting_device.ts'

let device: GPUDevice
let counts: Counts
let world: World
beforeAll(async () => {
  ;({ device, counts } = await countingDevice())
  const config = parseConfig(await (await fetch('/weights/platformer/config.json')).text())
  world = await World.load(zeroModel(config), { device })
  await world.prompt(new Int32Array(64))
})
afterAll(() => {
  world.dispose()
  device.destroy()
})

test.each([1, 2, 4])('a frame of %i steps takes 49 dispatches per step and 27 others', async steps => {
  world.sampling.steps = steps
  world.step(0)
  world.flush()
  counts.reset()
  await world.ready
  world.step(0)
  world.flush()
  await world.gpu.finished()
  expect(counts.dispatches).toBe(49 * steps + 27)
})
