// Prompts that a world accepts, and those that it refuses.

import { afterAll, beforeAll, expect, test } from 'vitest'
import { ArgumentError, GpuError } from '../../src/gpu/errors.ts'
import { Gpu } from '../../src/gpu/gpu.ts'
import type { PixelImage } from '../../src/world/image.ts'
import { World } from '../../src/world/world.ts'
import { playedTokens } from '../helpers/play_world.ts'
import { filesSource, randomModel, randomPicture, smallConfig } from '../helpers/random_model.ts'

const CONFIG = smallConfig()
const { height, width } = CONFIG.frame
const PICTURE = randomPicture(width, height)
const ACTIONS = [0, 4, 1, 1, 3, 2, 0]

let device: GPUDevice
let world: World
beforeAll(async () => {
  device = (await Gpu.create()).device
  world = await World.load(filesSource(randomModel(CONFIG)), { device })
})
afterAll(() => {
  world.dispose()
  device.destroy()
})

/** A canvas of one colour. */
const plain = (w: number, h: number, colour: string) => {
  const canvas = new OffscreenCanvas(w, h)
  const context = canvas.getContext('2d')!
  context.fillStyle = colour
  context.fillRect(0, 0, w, h)
  return canvas
}
const plainPixels = (r: number, g: number, b: number): PixelImage => ({
  width,
  height,
  data: Uint8Array.from({ length: 4 * width * height }, (_, i) => [r, g, b, 255][i % 4]!),
})
const tokensOf = async (image: Parameters<World['prompt']>[0]) => {
  await world.prompt(image)
  return world.tokens()
}

test('a prompt is a picture of any size: ImageBitmap, ImageData, canvas, Blob', async () => {
  const expected = await tokensOf(plainPixels(200, 40, 90))
  const canvas = plain(5 * width, 3 * height + 1, 'rgb(200, 40, 90)')
  const pictures = {
    bitmap: await createImageBitmap(canvas),
    canvas,
    blob: await canvas.convertToBlob(),
    data: plain(width, height, 'rgb(200, 40, 90)').getContext('2d')!.getImageData(0, 0, width, height),
  }
  for (const [kind, picture] of Object.entries(pictures)) expect(await tokensOf(picture), kind).toEqual(expected)
})

test('a prompt is cut around its middle', async () => {
  const canvas = plain(9 * width, height, 'red')
  canvas.getContext('2d')!.clearRect(4 * width, 0, width, height)
  const context = canvas.getContext('2d')!
  context.fillStyle = 'rgb(10, 20, 200)'
  context.fillRect(4 * width, 0, width, height)
  expect(await tokensOf(canvas)).toEqual(await tokensOf(plainPixels(10, 20, 200)))
})

test('a prompt of several frames is remembered: the same last picture after others is another past', async () => {
  await world.prompt([randomPicture(width, height, 8), randomPicture(width, height, 9), PICTURE])
  expect(world.frame).toBe(3)
  expect(world.promptTokens().length).toBe(3 * 12)
  const future = await playedTokens(world, ACTIONS)
  await world.prompt([PICTURE, PICTURE, PICTURE])
  expect(await playedTokens(world, ACTIONS)).not.toEqual(future)
})

test.each([
  [
    'pixels of another size',
    randomPicture(width + 1, height),
    `the prompt is ${width + 1}×${height} pixels, this world's frames are ${width}×${height}`,
  ],
  [
    'too few bytes',
    { width, height, data: new Uint8Array(12) },
    `the prompt has 12 bytes, ${width}×${height} RGBA pixels are ${4 * width * height}`,
  ],
  ['no picture', [], 'a prompt needs at least one picture'],
])('a prompt of %s is refused, and the world continues', async (_, picture, sentence) => {
  await world.prompt(PICTURE)
  const future = await playedTokens(world, ACTIONS)
  await world.prompt(PICTURE)
  await playedTokens(world, ACTIONS.slice(0, 2))
  await expect(world.prompt(picture)).rejects.toThrow(new ArgumentError(sentence))
  expect(await playedTokens(world, ACTIONS.slice(2))).toEqual(future.slice(2))
})

test('a prompt being encoded forbids a step', async () => {
  const prompted = world.prompt(PICTURE)
  await Promise.resolve()
  await Promise.resolve()
  await Promise.resolve()
  expect(() => world.step(0)).toThrow(new GpuError('a prompt is being encoded: await it first', 'not-ready'))
  await prompted
  world.step(0)
})
