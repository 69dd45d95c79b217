// Versions of kernels chosen by trying: all are tried, the choice is kept and taken from there, and no time means no trying.

import { afterEach, beforeEach, expect, test } from 'vitest'
import { LAYER_NORM_VERSIONS, layerNorm } from '../../kernels/layer_norm/layer_norm.ts'
import { Gpu } from '../../src/gpu/gpu.ts'
import { type Contest, keepChoicesIn, tune } from '../../src/gpu/autotune.ts'

let gpu: Gpu
let store: Map<string, string>
let recorded: string[]
let contest: Contest

beforeEach(async () => {
  gpu = await Gpu.create()
  store = new Map()
  recorded = []
  keepChoicesIn({ getItem: key => store.get(key) ?? null, setItem: (key, value) => store.set(key, value) })
  contest = {
    kernel: 'layer_norm',
    versions: Object.keys(LAYER_NORM_VERSIONS),
    shapes: '33×12',
    record(p, make) {
      recorded.push(gpu.versions.get('layer_norm')!)
      return [layerNorm(p, make([33, 12]), make([12], 'f32'), make([12], 'f32'))]
    },
  }
})
afterEach(() => gpu.dispose())

test('every version is tried, one is chosen and kept, and nothing is left on the GPU', async () => {
  const before = gpu.bytes
  await tune(gpu, [contest], 60_000)
  expect(recorded).toEqual(contest.versions)
  expect(contest.versions).toContain(gpu.versions.get('layer_norm'))
  expect([...store.values()]).toEqual([gpu.versions.get('layer_norm')])
  expect(gpu.bytes - before).toBeLessThan(1000) // uniforms of sizes stay
  await gpu.check()
})

test('a kept choice is taken without trying', async () => {
  await tune(gpu, [contest], 60_000)
  const [key] = store.keys()
  for (const version of contest.versions) {
    store.set(key!, version)
    recorded = []
    await tune(gpu, [contest], 60_000)
    expect(recorded).toEqual([])
    expect(gpu.versions.get('layer_norm')).toBe(version)
  }
})

test('a kept choice that is no version any more is tried anew', async () => {
  await tune(gpu, [contest], 60_000)
  store.set([...store.keys()][0]!, 'gone')
  recorded = []
  await tune(gpu, [contest], 60_000)
  expect(recorded).toEqual(contest.versions)
})

test('without time nothing is tried, chosen or kept', async () => {
  await tune(gpu, [contest], -1)
  expect(recorded).toEqual([])
  expect(gpu.versions.get('layer_norm')).toBeUndefined()
  expect(store.size).toBe(0)
})
