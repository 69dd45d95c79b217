// Loading a world: progress is reported, and every failure is one sentence that leaves nothing on the GPU.

import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { GpuError } from '../../src/gpu/errors.ts'
import { FormatError } from '../../src/weights/format_error.ts'
import type { ModelSource } from '../../src/weights/model_source.ts'
import { hostTensor } from '../../src/weights/safetensors.ts'
import type { LoadOptions } from '../../src/world/model.ts'
import { World } from '../../src/world/world.ts'
import { type Counts, countingDevice } from '../helpers/counting_device.ts'
import { rewritten } from '../helpers/half_precision.ts'
import { type Files, filesSource, randomModel, randomPicture, smallConfig } from '../helpers/random_model.ts'
import { rawFile, unsizedSource } from '../helpers/raw_safetensors.ts'

const CONFIG = smallConfig()
const GOOD = randomModel(CONFIG)
const NEEDED = {
  maxStorageBuffersPerShaderStage: 8,
  maxComputeWorkgroupStorageSize: 16384,
  maxComputeInvocationsPerWorkgroup: 256,
  maxComputeWorkgroupSizeX: 256,
}
const PARTS = ['config.json', 'tokenizer.safetensors', 'dynamics.safetensors']

let device: GPUDevice
let counts: Counts
const uncaptured: string[] = []
let files: Files
beforeAll(async () => {
  ;({ device, counts } = await countingDevice())
  device.addEventListener('uncapturederror', event => uncaptured.push(event.error.message))
})
afterAll(() => device.destroy())
beforeEach(() => {
  files = { ...GOOD }
})

/** Arrives in pieces of 100 bytes, of unknown size. */
const streamed = (model: Files): ModelSource => ({
  name: 'stream',
  open: async file => unsizedSource(file, model[file]!, 100),
})

test('the weights are asked for at once: none waits for another', async () => {
  const source = filesSource(GOOD)
  const weights = new Set(PARTS.slice(1))
  let all = () => undefined as unknown
  const allAsked = new Promise<void>(resolve => {
    all = resolve
  })
  const open = async (file: string) => {
    if (weights.delete(file)) {
      if (weights.size === 0) all()
      await allAsked
    }
    return source.open(file)
  }
  const world = await World.load({ name: 'slow', open }, { device })
  world.dispose()
})

test('the device is requested while the model is fetched, and is not left behind where config.json is not valid', async () => {
  const adapter = (await navigator.gpu.requestAdapter())!
  const requested: GPUDevice[] = []
  let isAsked = () => {}
  const asked = new Promise<void>(resolve => {
    isAsked = resolve
  })
  const watched = new Proxy(adapter, {
    get: (target, name) => {
      const value = Reflect.get(target, name)
      if (typeof value !== 'function') return value
      return async (...all: unknown[]) => {
        isAsked()
        const result = await value.apply(target, all)
        if (result instanceof GPUDevice) requested.push(result)
        return result
      }
    },
  })
  const source = filesSource({ 'config.json': new TextEncoder().encode('{"format": "genie-2"}') })
  const open = async (file: string) => {
    await asked
    return source.open(file)
  }
  await expect(World.load({ name: 'broken', open }, { adapter: watched })).rejects.toThrow(/config\.json/)
  await expect.poll(() => requested.length).toBe(1)
  expect((await requested[0]!.lost).reason).toBe('destroyed')
})

test('a version in the address is kept for every file', async () => {
  performance.clearResourceTimings()
  const world = await World.load('/test/golden/tiny/?v=2', { device })
  world.dispose()
  const asked = performance.getEntriesByType('resource').map(({ name }) => name)
  for (const part of PARTS) expect(asked).toContain(new URL(`/test/golden/tiny/${part}?v=2`, location.href).href)
})

/** Loads what should not load; gives the error, having seen that nothing is left. */
async function failure(source: ModelSource = filesSource(files), options: LoadOptions = {}): Promise<Error> {
  const error = await World.load(source, { device, ...options }).then(
    () => undefined,
    (e: unknown) => e,
  )
  expect(error).toBeInstanceOf(Error)
  expect({ buffers: counts.aliveBuffers, bytes: counts.aliveBytes, textures: counts.aliveTextures }).toEqual({
    buffers: 0,
    bytes: 0,
    textures: 0,
  })
  return error as Error
}

/** Changes one tensor's values. */
const change = async (file: string, tensor: string, edit: (values: Float32Array) => void) => {
  files[file] = await rewritten(files[file]!, (values, shape, name) => {
    if (name === tensor) edit(values)
    return hostTensor(values, shape)
  })
}

test('a world that loads frees everything when it is disposed of', async () => {
  const world = await World.load(filesSource(GOOD), { device })
  await world.prompt(randomPicture(14, 10))
  void world.texture
  world.step(1)
  expect(counts.aliveBytes).toBe(world.gpu.bytes)
  const snapshot = world.save()
  snapshot.dispose()
  world.dispose()
  expect([counts.aliveBuffers, counts.aliveBytes, counts.aliveTextures]).toEqual([0, 0, 0])
})

test('progress counts every byte of the three files that play needs', async () => {
  const seen: [number, number | undefined][] = []
  const world = await World.load(filesSource(GOOD), { device, onProgress: (...p) => seen.push(p) })
  const total = PARTS.reduce((sum, name) => sum + GOOD[name]!.byteLength, 0)
  expect(seen.at(-1)).toEqual([total, total])
  expect(seen.map(([loaded]) => loaded)).toEqual(seen.map(([loaded]) => loaded).toSorted((a, b) => a - b))
  world.dispose()
})

test('a stream of unknown size loads as well, its progress without a total', async () => {
  const seen: (number | undefined)[] = []
  const world = await World.load(streamed(GOOD), { device, onProgress: (_, total) => seen.push(total) })
  expect(new Set(seen)).toEqual(new Set([undefined]))
  world.dispose()
})

test('a world of the shipped layout loads from an address, with the slash or without', async () => {
  for (const address of ['/test/golden/tiny', '/test/golden/tiny/', new URL('/test/golden/tiny/', location.href)]) {
    const world = await World.load(address, { device })
    expect(world.config.name).toBe('tiny')
    world.dispose()
  }
})

describe('a file', () => {
  test.each(PARTS)('%s that is missing', async name => {
    delete files[name]
    expect(await failure()).toEqual(new FormatError(`memory/${name} is missing`))
  })

  test('missing behind an address is named with the status', async () => {
    const error = await World.load('/test/golden/none/', { device }).catch((e: unknown) => e)
    expect(error).toEqual(
      new FormatError(`${location.origin}/test/golden/none/config.json could not be fetched: status 404`, 'fetch'),
    )
  })

  test('that is cut off, whether its size is known or not', async () => {
    files['dynamics.safetensors'] = GOOD['dynamics.safetensors']!.slice(0, -10)
    const size = files['dynamics.safetensors'].byteLength
    expect((await failure()).message).toBe(
      `dynamics.safetensors: truncated: its header describes ${size + 10} bytes, it has ${size}`,
    )
    expect((await failure(streamed(files))).message).toMatch(
      /^dynamics.safetensors: truncated: it ends 10 bytes short of the end of \S+$/,
    )
  })

  test('whose header lies', async () => {
    files['tokenizer.safetensors'] = rawFile('{}', 8, 1e15)
    expect((await failure()).message).toBe(
      "tokenizer.safetensors: its header claims 1000000000000000 bytes, more than the format's 100000000",
    )
  })

  test('that belongs to another config', async () => {
    files['dynamics.safetensors'] = randomModel(smallConfig({ dynamics: { width: 24 } }))['dynamics.safetensors']!
    expect((await failure()).message).toBe(
      'dynamics.safetensors: token.weight is [19, 24], config.json implies [19, 20]',
    )
  })

  test.each([Number.NaN, Number.POSITIVE_INFINITY])('with a weight of %d', async bad => {
    await change('dynamics.safetensors', 'blocks.1.ffn.in.weight', values => values.fill(bad, 3, 4))
    expect((await failure()).message).toBe(
      `dynamics.safetensors: blocks.1.ffn.in.weight holds ${bad} at element 3 of 560`,
    )
  })

  test('that breaks off with an error of its source', async () => {
    const source = filesSource(files)
    const breaking: ModelSource = {
      name: 'breaking',
      async open(file) {
        const whole = await source.open(file)
        if (file !== 'dynamics.safetensors') return whole
        async function* stream() {
          yield files[file]!.subarray(0, 9000)
          throw new TypeError('network error')
        }
        return { ...whole, stream }
      },
    }
    expect(await failure(breaking)).toEqual(new TypeError('network error'))
  })
})

describe('config.json', () => {
  test('that is wrong is said before what is wrong with the adapter', async () => {
    files['config.json'] = new TextEncoder().encode('{"format": "genie-2"}')
    expect((await failure(filesSource(files), { device: undefined, adapter: {} as GPUAdapter })).message).toBe(
      'config.json: format is "genie-2", this engine reads "genie-1"',
    )
  })

  test('without the section of a part that play needs', async () => {
    const { latent_action: _, ...rest } = CONFIG
    files['config.json'] = new TextEncoder().encode(JSON.stringify(rest))
    expect((await failure()).message).toBe('config.json: latent_action is missing')
  })
})

describe('limits', () => {
  test('a cache past the adapter’s largest buffer', async () => {
    files = randomModel(smallConfig({ dynamics: { window: 200_000, layers: 1 } }))
    const bytes = 200_001 * 12 * 24 * 4
    const limit = device.limits.maxStorageBufferBindingSize
    expect(await failure()).toEqual(
      new GpuError(
        `dynamics keys 0 takes ${bytes} bytes, this device's maxStorageBufferBindingSize is ${limit}`,
        'unsupported',
      ),
    )
  })

  test('a device that has less than kernels are written for', async () => {
    const { device: small } = await countingDevice()
    const limits = { ...NEEDED, maxComputeInvocationsPerWorkgroup: 128 } // as a compatibility adapter may have
    Object.defineProperty(small, 'limits', { value: limits })
    await expect(World.load(filesSource(GOOD), { device: small })).rejects.toThrow(
      new GpuError(
        "this device's maxComputeInvocationsPerWorkgroup is 128, expected at least 256: request it with requiredLimits",
        'unsupported',
      ),
    )
    small.destroy()
  })

  test('f16 on a device without shader-f16', async () => {
    expect(device.features.has('shader-f16')).toBe(false)
    expect(await failure(filesSource(files), { precision: 'f16' })).toEqual(
      new GpuError("precision 'f16' needs a device with the feature shader-f16, which this one lacks", 'unsupported'),
    )
  })
})

describe('an abort signal', () => {
  const reason = new Error('the player left')

  test('that was given before', async () => {
    expect(await failure(filesSource(files), { signal: AbortSignal.abort(reason) })).toBe(reason)
  })

  test.each([1, 3000, 12_000, 20_000])('given after %d bytes', async bytes => {
    const controller = new AbortController()
    const onProgress = (loaded: number) => loaded >= bytes && controller.abort(reason)
    expect(await failure(streamed(files), { signal: controller.signal, onProgress })).toBe(reason)
  })

  test('given at the last byte', async () => {
    const controller = new AbortController()
    const total = PARTS.reduce((sum, name) => sum + GOOD[name]!.byteLength, 0)
    const onProgress = (loaded: number) => loaded === total && controller.abort(reason)
    expect(await failure(filesSource(files), { signal: controller.signal, onProgress })).toBe(reason)
  })

  test('given during a download', async () => {
    const controller = new AbortController()
    const onProgress = (loaded: number) => loaded > 1000 && controller.abort(reason)
    const error = await World.load('/test/golden/tiny/', { device, signal: controller.signal, onProgress }).catch(
      (e: unknown) => e,
    )
    expect(error).toBe(reason)
    expect(counts.aliveBuffers).toBe(0)
  })
})

test('failed loads raise no uncaptured error, and the device still loads a world', async () => {
  const world = await World.load(filesSource(GOOD), { device })
  await world.prompt(randomPicture(14, 10))
  expect(uncaptured).toEqual([])
  world.dispose()
})
