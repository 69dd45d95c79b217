// What a played frame costs: one submit, nothing made, nothing read back, and the two-hundredth as much as the twentieth.

import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { World } from '../../src/world/world.ts'
import { type Counts, countingDevice } from '../helpers/counting_device.ts'
import { filesSource, randomModel, randomPicture, smallConfig } from '../helpers/random_model.ts'

const CONFIG = smallConfig()
const { height, width } = CONFIG.frame

let device: GPUDevice
let counts: Counts
let world: World
let context: GPUCanvasContext

beforeAll(async () => {
  ;({ device, counts } = await countingDevice())
  const canvas = document.createElement('canvas')
  ;[canvas.width, canvas.height] = [4 * width, 4 * height]
  document.body.append(canvas)
  context = canvas.getContext('webgpu')!
  world = await World.load(filesSource(randomModel(CONFIG)), { device })
})
afterAll(() => {
  world.dispose()
  device.destroy()
})

/** Steps and draws as a page does, and lets the task end. */
async function playFrame(): Promise<void> {
  await world.ready
  world.step(world.frame % world.actions)
  world.draw(context)
  await new Promise(requestAnimationFrame)
}

describe('a frame after the first two', () => {
  beforeEach(async () => {
    await world.prompt(randomPicture(width, height))
    await playFrame()
    await playFrame()
    counts.reset()
  })

  /** What may be called for one frame: its commands, recorded and submitted once; the clock, written. */
  const FRAME = {
    createCommandEncoder: 1,
    beginComputePass: 1,
    beginRenderPass: 1,
    finish: 1,
    submit: 1,
    onSubmittedWorkDone: 1,
    writeBuffer: 1,
  }

  test('is one submit, drawing included, and makes nothing', async () => {
    await playFrame()
    expect(counts.calls).toEqual(FRAME)
  })

  test('stays so with another action, seed and temperature: only the schedule is written again', async () => {
    world.sampling.seed = 9
    world.sampling.temperature = 0.5
    await playFrame()
    expect(counts.calls).toEqual({ ...FRAME, writeBuffer: 2 })
  })

  test('stays so without drawing, and when drawing comes in a later task it has a submit of its own', async () => {
    await world.ready
    world.step(0)
    await Promise.resolve()
    expect(counts.calls).toMatchObject({ submit: 1 })
    expect(counts.calls.beginRenderPass).toBeUndefined()
    world.draw(context)
    expect(counts.calls).toMatchObject({ submit: 2, beginComputePass: 1, beginRenderPass: 1 })
  })

  test('stays so with guidance, once its first frame is played', async () => {
    world.sampling.guidance = 1.5
    await playFrame()
    await world.gpu.allocated()
    counts.reset()
    await playFrame()
    expect(counts.calls).toEqual(FRAME)
    world.sampling.guidance = 1
  })

  test('stays so with a texture for a scene beside the canvas', async () => {
    void world.texture
    await playFrame()
    await world.gpu.allocated()
    counts.reset()
    await playFrame()
    void world.texture
    expect(counts.calls).toEqual({ ...FRAME, beginRenderPass: 2, createView: 1 })
  })
})

test('frame 200 takes the commands of frame 20 and its memory, to the byte', async () => {
  await world.prompt(randomPicture(width, height))
  while (world.frame < 20) await playFrame()
  counts.reset()
  await playFrame()
  const early = { ...counts, calls: { ...counts.calls }, bytes: world.gpu.bytes }
  while (world.frame < 200) await playFrame()
  counts.reset()
  await playFrame()
  expect({ ...counts, bytes: world.gpu.bytes }).toEqual(early)
})
