// World.support: what it says before a world is loaded is what loading then finds, and no device is made for it.

import { afterEach, beforeAll, expect, test } from 'vitest'
import { adapterNameOf } from '../../src/gpu/device.ts'
import type { AdapterFile } from '../../src/world/adapters.ts'
import { frameWork, timeOf } from '../../src/world/cost.ts'
import { World } from '../../src/world/world.ts'
import { filesSource, randomModel, smallConfig } from '../helpers/random_model.ts'

let adapter: GPUAdapter
beforeAll(async () => {
  adapter = (await navigator.gpu.requestAdapter())!
})

const { requestAdapter } = GPU.prototype
afterEach(() => {
  GPU.prototype.requestAdapter = requestAdapter
})

const config = smallConfig()
const source = filesSource(randomModel(config))
/** An adapter as this one, with other limits or features. It gives no device. */
const like = (change: { limits?: Partial<GPUSupportedLimits>; features?: Set<string> }) =>
  ({
    info: adapter.info,
    limits: { ...limitsOf(), ...change.limits },
    features: change.features ?? adapter.features,
  }) as GPUAdapter
function limitsOf(): Record<string, number> {
  const limits: Record<string, number> = {}
  for (const name in adapter.limits) limits[name] = adapter.limits[name as never]
  return limits
}

test('tells the adapter, the precision and the memory that loading then takes, and reads only config.json', async () => {
  const opened: string[] = []
  const open = (file: string) => {
    opened.push(file)
    return source.open(file)
  }
  const watched = { ...source, open }
  const told = await World.support(watched)
  expect(opened).toEqual(['config.json'])
  const world = await World.load(source)
  expect(told).toMatchObject({
    problem: undefined,
    adapter: world.gpu.adapterName,
    isSoftwareAdapter: world.gpu.isSoftwareAdapter,
    precision: world.gpu.precision,
  })
  expect(told.memory!.total).toBe(world.gpu.bytes)
  world.dispose()
})

test('makes no device', async () => {
  const told = await World.support(source, { adapter: like({}) }) // it could make none
  expect(told.problem).toBe(undefined)
})

test('without WebGPU or an adapter it says so, in the words of World.load', async () => {
  GPU.prototype.requestAdapter = async () => null
  const told = await World.support(source)
  expect(told).toMatchObject({ problem: { code: 'no-adapter' }, adapter: undefined, memory: undefined })
  expect(told.problem!.message).toBe(((await World.load(source).catch((error: Error) => error)) as Error).message)
})

test.each([
  [
    'limits below what kernels need',
    { limits: { maxComputeWorkgroupStorageSize: 8192 } },
    /maxComputeWorkgroupStorageSize is 8192/,
  ],
  [
    'a largest buffer that does not fit',
    { limits: { maxBufferSize: 100 } },
    /largest buffer takes \d+ bytes, .*maxBufferSize is 100$/,
  ],
])('%s are reported as the problem', async (_, change, sentence) => {
  const { problem } = await World.support(source, { adapter: like(change) })
  expect(problem).toMatchObject({ code: 'unsupported', message: expect.stringMatching(sentence) })
})

test('f16 without shader-f16 is one too', async () => {
  const { problem } = await World.support(source, { adapter: like({ features: new Set() }), precision: 'f16' })
  expect(problem?.code).toBe('unsupported')
})

test('the time of a frame comes from a measured adapter of the same kind, and from no other', async () => {
  const known: AdapterFile = {
    format: 'djinn-adapter-1',
    name: adapterNameOf(adapter.info),
    browser: 'a test',
    precision: adapter.features.has('shader-f16') ? 'f16' : 'f32',
    date: '2026-11-29T00:00:00.000Z',
    world: { name: 'none', ms: 1, predicted: 1 },
    cost: { frame: 1, blocks: 0.5, linear: 100, attention: 200 },
    error: { median: 0.1, worst: 0.2 },
    points: [],
  }
  const ms = timeOf(frameWork(config, config.sampling), known.cost)
  expect(ms).toBeGreaterThan(1)
  const { frame } = await World.support(source, { adapters: [known] })
  expect(frame).toEqual({ ms, error: 0.1, measuredOn: known.name })
  const stranger = { ...like({}), info: { vendor: 'nobody', architecture: 'none' } } as unknown as GPUAdapter
  expect((await World.support(source, { adapter: stranger, adapters: [known] })).frame).toBe(undefined)
})

test('a model that is not there is an error of the call', async () => {
  await expect(World.support('/test/golden/none/')).rejects.toMatchObject({ name: 'FormatError', code: 'fetch' })
})
