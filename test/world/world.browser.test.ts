// The World of an embedder: prompt, step, draw, read, save, restore, on a device of the embedder's own.

import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { ArgumentError, GpuError } from '../../src/gpu/errors.ts'
import { Gpu } from '../../src/gpu/gpu.ts'
import type { PixelImage } from '../../src/world/image.ts'
import { World } from '../../src/world/world.ts'
import { playedTokens } from '../helpers/play_world.ts'
import { filesSource, randomModel, randomPicture, smallConfig } from '../helpers/random_model.ts'

const CONFIG = smallConfig()
const { height, width } = CONFIG.frame
const SOURCE = filesSource(randomModel(CONFIG))
const PICTURE = randomPicture(width, height)

let device: GPUDevice
let world: World
beforeAll(async () => {
  device = (await Gpu.create()).device
  world = await World.load(SOURCE, { device })
})
afterAll(() => {
  world.dispose()
  device.destroy()
})

/** Prompts and plays; gives every played frame's tokens. */
async function play(w: World, actions: number[], picture: PixelImage = PICTURE): Promise<number[][]> {
  await w.prompt(picture)
  return playedTokens(w, actions)
}

const ACTIONS = [0, 4, 1, 1, 3, 2, 0]

test('has sizes, actions, adapter and frame count', async () => {
  expect(world.config.frame).toEqual(CONFIG.frame)
  expect(world.actions).toBe(5)
  expect(world.gpu.adapterName).not.toBe('')
  await play(world, [1, 2])
  expect(world.frame).toBe(3)
})

test('autotuning chooses a variant of every kernel that has several, and the tuned world plays the same tokens', async () => {
  const tuned = await World.load(SOURCE, { device, tune: 60_000 })
  expect([...tuned.gpu.variants.keys()].toSorted()).toEqual(['layer_norm', 'linear', 'spatial_attention'])
  expect(await play(tuned, ACTIONS)).toEqual(await play(world, ACTIONS))
  await tuned.gpu.throwPendingError()
  tuned.dispose()
})

describe('pixels', () => {
  test('read() gives opaque RGBA of the frame, and another for the next frame', async () => {
    await world.prompt(PICTURE)
    const prompted = await world.read()
    expect(prompted.length).toBe(4 * height * width)
    expect(prompted.every((v, i) => i % 4 !== 3 || v === 255)).toBe(true)
    world.step(2)
    expect(await world.read()).not.toEqual(prompted)
  })

  test('draw() puts them on a canvas, each as a square', async () => {
    await play(world, [3])
    const canvas = document.createElement('canvas')
    ;[canvas.width, canvas.height] = [3 * width, 3 * height]
    world.draw(canvas.getContext('webgpu')!)
    const copy = new OffscreenCanvas(canvas.width, canvas.height).getContext('2d')!
    copy.drawImage(canvas, 0, 0)
    const drawn = copy.getImageData(0, 0, canvas.width, canvas.height).data
    const pixels = await world.read()
    const worst = drawn.reduce((most, v, i) => {
      const [x, y] = [Math.floor((i >> 2) / 3) % width, Math.floor((i >> 2) / canvas.width / 3)]
      return Math.max(most, Math.abs(v - pixels[4 * (y * width + x) + (i % 4)]!))
    }, 0)
    expect(worst).toBeLessThanOrEqual(1)
  })

  test('draw() onto a canvas of a Worker needs no document', async () => {
    const canvas = new OffscreenCanvas(width, height)
    const context = canvas.getContext('webgpu') as GPUCanvasContext
    context.configure({ device, format: 'rgba16float' })
    world.draw(context)
    await world.gpu.throwPendingError()
    expect(context.getConfiguration()?.format).toBe('rgba16float')
  })

  test('texture holds the newest frame: after a prompt, a step, a return', async () => {
    const expectSame = async () => {
      const [fromTexture, pixels] = [await readTexture(world.texture), await world.read()]
      expect(Math.max(...pixels.map((v, i) => Math.abs(v - fromTexture[i]!)))).toBeLessThanOrEqual(1)
    }
    await world.prompt(PICTURE)
    await expectSame()
    const snapshot = world.save()
    world.step(1)
    await expectSame()
    world.restore(snapshot)
    await expectSame()
    await world.prompt(randomPicture(width, height, 2))
    await expectSame()
    snapshot.dispose()
  })
})

async function readTexture(texture: GPUTexture): Promise<Uint8Array> {
  expect([texture.width, texture.height, texture.format]).toEqual([width, height, 'rgba8unorm'])
  const staging = device.createBuffer({ size: 256 * height, usage: GPUBufferUsage.COPY_DST | GPUBufferUsage.MAP_READ })
  const encoder = device.createCommandEncoder()
  encoder.copyTextureToBuffer({ texture }, { buffer: staging, bytesPerRow: 256 }, [width, height])
  device.queue.submit([encoder.finish()])
  await staging.mapAsync(GPUMapMode.READ)
  const rows = new Uint8Array(staging.getMappedRange().slice(0))
  staging.destroy()
  return Uint8Array.from(
    { length: 4 * width * height },
    (_, i) => rows[256 * Math.floor(i / 4 / width) + (i % (4 * width))]!,
  )
}

describe('the future', () => {
  test('is the same for the same prompt, actions and seed', async () => {
    world.sampling.seed = 3
    const first = await play(world, ACTIONS)
    expect(await play(world, ACTIONS)).toEqual(first)
    world.sampling.seed = 4
    expect(await play(world, ACTIONS)).not.toEqual(first)
    world.sampling.seed = 3
    expect(await play(world, ACTIONS.with(0, 1))).not.toEqual(first)
    expect(await play(world, ACTIONS, randomPicture(width, height, 2))).not.toEqual(first)
  })

  test('does not depend on the seed at temperature 0 without choice noise', async () => {
    const { temperature, choice_temperature } = world.sampling
    Object.assign(world.sampling, { temperature: 0, choice_temperature: 0, seed: 1 })
    const first = await play(world, ACTIONS)
    world.sampling.seed = 2
    expect(await play(world, ACTIONS)).toEqual(first)
    Object.assign(world.sampling, { temperature, choice_temperature })
  })

  test('does not depend on reading: frames that are never read equal those that are read one by one', async () => {
    const last = (await play(world, ACTIONS)).at(-1)
    await world.prompt(PICTURE)
    for (const action of ACTIONS) {
      await world.ready
      world.step(action)
    }
    expect([...(await world.tokens())]).toEqual(last)
  })

  test('is the same again from a snapshot, whatever was played in between', async () => {
    await play(world, ACTIONS)
    const snapshot = world.save()
    const [tokens, pixels] = [await world.tokens(), await world.read()]
    const future = await playedTokens(world, ACTIONS)
    await play(world, [4, 4], randomPicture(width, height, 5))
    world.restore(snapshot)
    expect(world.frame).toBe(snapshot.frame)
    expect(await world.tokens()).toEqual(tokens)
    expect(await world.read()).toEqual(pixels)
    expect(await playedTokens(world, ACTIONS)).toEqual(future)
    world.restore(snapshot)
    expect(await playedTokens(world, ACTIONS.with(0, 3))).not.toEqual(future)
    snapshot.dispose()
  })

  test('refuses a snapshot that is disposed of, or of another world', async () => {
    const other = await World.load(SOURCE, { device })
    await other.prompt(PICTURE)
    await play(world, [1, 2])
    const [gone, foreign] = [world.save(), other.save()]
    gone.dispose()
    gone.dispose()
    for (const snapshot of [gone, foreign])
      expect(() => world.restore(snapshot)).toThrow(
        new ArgumentError('this snapshot is of another world, or has been disposed of'),
      )
    expect(world.frame).toBe(3)
    other.dispose()
    foreign.dispose()
  })

  test('of two worlds on one device do not disturb each other', async () => {
    const alone = await play(world, ACTIONS)
    const other = await World.load(SOURCE, { device, seed: 77 })
    await Promise.all([world.prompt(PICTURE), other.prompt(PICTURE)])
    const together: number[][] = []
    for (const action of ACTIONS) {
      world.step(action)
      other.step(0)
      together.push([...(await world.tokens())])
    }
    expect(together).toEqual(alone)
    other.dispose()
    expect(await play(world, ACTIONS)).toEqual(alone)
  })
})

describe('a step', () => {
  test.each([-1, 5, 1.5, Number.NaN, '2' as unknown as number, undefined as unknown as number])(
    'by action %s is out of range',
    async action => {
      await world.prompt(PICTURE)
      expect(() => world.step(action)).toThrow(
        new ArgumentError(`action ${action} is out of range: this world has the latent actions 0 … 4`),
      )
      expect(world.frame).toBe(1)
    },
  )

  test.each([
    ['seed', -1, 'sampling.seed is -1, expected a whole number of 0 … 2³²-1'],
    ['steps', 0, 'sampling.steps is 0, expected a whole number of 1 … 1024'],
    ['temperature', Number.NaN, 'sampling.temperature is NaN, expected a number of 0 … 1000'],
    ['choice_temperature', -1, 'sampling.choice_temperature is -1, expected a number of 0 … 1000'],
    ['guidance', Number.POSITIVE_INFINITY, 'sampling.guidance is Infinity, expected a number of ±1000'],
  ] as const)('with %s %d is refused, and the world is as it was', async (name, value, sentence) => {
    const future = await play(world, ACTIONS)
    await world.prompt(PICTURE)
    const before = world.sampling[name]
    world.sampling[name] = value
    expect(() => world.step(0)).toThrow(new ArgumentError(sentence))
    world.sampling[name] = before
    expect(await playedTokens(world, ACTIONS)).toEqual(future)
  })

  test('before a prompt is an error', async () => {
    const fresh = await World.load(SOURCE, { device })
    expect(() => fresh.step(0)).toThrow(
      new GpuError('the world has no prompt yet: await prompt() before the first step', 'not-ready'),
    )
    fresh.dispose()
  })

  test('takes more sampling steps than there are tokens, and a seed of 32 bits', async () => {
    const { steps, seed } = world.sampling
    Object.assign(world.sampling, { steps: 100, seed: 0xffffffff })
    const tokens = (await play(world, ACTIONS)).flat()
    expect(tokens.every(t => t >= 0 && t < 19)).toBe(true)
    Object.assign(world.sampling, { steps, seed })
  })
})

test('actionFor() gives the action of a key that the model binds', async () => {
  const config = { ...CONFIG, keys: { ArrowLeft: 2 } }
  const bound = await World.load(filesSource(randomModel(config)), { device })
  expect(bound.actionFor('ArrowLeft')).toBe(2)
  expect(() => bound.actionFor('x')).toThrow(
    new ArgumentError('this world does not bind the key "x"; it binds ArrowLeft'),
  )
  bound.dispose()
})

describe('the end', () => {
  test('dispose() leaves the embedder’s device as it was, and the world says that it is gone', async () => {
    const gone = await World.load(SOURCE, { device })
    await gone.prompt(PICTURE)
    gone.dispose()
    gone.dispose()
    const error = new GpuError('the world has been disposed of', 'disposed')
    expect(() => gone.step(0)).toThrow(error)
    expect(() => gone.texture).toThrow(error)
    expect(() => gone.save()).toThrow(error)
    await expect(gone.read()).rejects.toThrow(error)
    await expect(gone.prompt(PICTURE)).rejects.toThrow(error)
    expect(await play(world, [1])).toHaveLength(1)
  })

  test('of a world with a device of its own ends the device', async () => {
    const own = await World.load(SOURCE)
    await own.prompt(PICTURE)
    own.dispose()
    expect((await own.gpu.lost).reason).toBe('destroyed')
  })

  test('a lost device is a GpuError of one sentence, for pending promises too', async () => {
    const lost = (await Gpu.create()).device
    const doomed = await World.load(SOURCE, { device: lost })
    await doomed.prompt(PICTURE)
    doomed.step(1)
    const reading = doomed.read().then(
      () => undefined,
      (error: unknown) => error,
    )
    lost.destroy()
    await lost.lost
    const sentence = /^the GPU device was lost \(.+\): load the model again$/
    const error = await reading
    if (error !== undefined) expect(error).toMatchObject({ name: 'GpuError', message: expect.stringMatching(sentence) })
    expect(() => doomed.step(0)).toThrow(sentence)
    await expect(doomed.read()).rejects.toThrow(GpuError)
    await expect(doomed.prompt(PICTURE)).rejects.toThrow(sentence)
    doomed.dispose()
  })
})
