// A canvas outlives a world: whatever world draws on it next, on whatever device, its frame is on the canvas.

import { afterEach, expect, test } from 'vitest'
import { Gpu } from '../../src/gpu/gpu.ts'
import { World } from '../../src/world/world.ts'
import { filesSource, randomModel, randomPicture, smallConfig } from '../helpers/random_model.ts'

const CONFIG = smallConfig()
const SOURCE = filesSource(randomModel(CONFIG))
const { height, width } = CONFIG.frame

const worlds: World[] = []
afterEach(() => {
  for (const world of worlds.splice(0)) world.dispose()
})

async function open(device?: GPUDevice, seed = 0): Promise<World> {
  const world = await World.load(SOURCE, { ...(device && { device }), seed })
  await world.prompt(randomPicture(width, height, seed + 1))
  worlds.push(world)
  return world
}

const createCanvas = () => Object.assign(document.createElement('canvas'), { width, height })

/** Draws, and expects the canvas to hold the world's pixels. */
async function expectDrawn(world: World, canvas: HTMLCanvasElement | OffscreenCanvas): Promise<void> {
  world.draw(canvas)
  const copy = new OffscreenCanvas(width, height).getContext('2d')!
  copy.drawImage(canvas, 0, 0)
  const drawn = copy.getImageData(0, 0, width, height).data
  const pixels = await world.read()
  expect(Math.max(...pixels.map((v, i) => Math.abs(v - drawn[i]!)))).toBeLessThanOrEqual(1)
}

const deviceOf = async () => (await Gpu.create()).device

test.each([
  ['an element', createCanvas],
  ['an OffscreenCanvas', () => new OffscreenCanvas(width, height)],
])('on %s two worlds in turn draw: on one device, on two, and after each is disposed of', async (_, create) => {
  const canvas = create()
  const device = await deviceOf()
  const first = await open(device, 1)
  await expectDrawn(first, canvas)
  const second = await open(device, 2)
  await expectDrawn(second, canvas)
  const other = await open(undefined, 3)
  await expectDrawn(other, canvas)
  await expectDrawn(first, canvas)
  first.dispose()
  await expectDrawn(second, canvas)
  other.dispose()
  await expectDrawn(await open(undefined, 4), canvas)
  device.destroy()
})

test('after a lost device a new world draws', async () => {
  const canvas = createCanvas()
  const device = await deviceOf()
  const lost = await open(device)
  await expectDrawn(lost, canvas)
  device.destroy()
  await device.lost
  await expectDrawn(await open(), canvas)
})

test('after the embedder configured the context for another device, the rest of its configuration stays', async () => {
  const canvas = createCanvas()
  const [device, foreign] = [await deviceOf(), await deviceOf()]
  const world = await open(device)
  await expectDrawn(world, canvas)
  const context = canvas.getContext('webgpu')!
  const usage = GPUTextureUsage.RENDER_ATTACHMENT | GPUTextureUsage.COPY_SRC
  context.configure({ device: foreign, format: 'rgba8unorm', alphaMode: 'premultiplied', usage })
  await expectDrawn(world, canvas)
  expect(context.getConfiguration()).toMatchObject({ format: 'rgba8unorm', alphaMode: 'premultiplied', usage })
  context.unconfigure()
  await expectDrawn(world, canvas)
  for (const d of [device, foreign]) d.destroy()
})

test('a canvas with a context of another kind is refused in one sentence', async () => {
  const canvas = createCanvas()
  canvas.getContext('2d')
  const world = await open()
  expect(() => world.draw(canvas)).toThrow('the canvas has a context other than webgpu')
})
