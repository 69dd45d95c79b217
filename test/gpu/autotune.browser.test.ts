// Versions of kernels chosen by trying: all are tried, the choice is kept and taken from there, and no time means no trying.

import { afterEach, beforeEach, expect, test } from 'vitest'
import { LAYER_NORM_VARIANTS, layerNorm } from '../../kernels/layer_norm/layer_norm.ts'
import { type AutotuneCase, autotune, setTuningCache } from '../../src/gpu/autotune.ts'
import { Gpu } from '../../src/gpu/gpu.ts'

let gpu: Gpu
let store: Map<string, string>
let recorded: string[]
let contest: AutotuneCase

beforeEach(async () => {
  gpu = await Gpu.create()
  store = new Map()
  recorded = []
  setTuningCache({ getItem: key => store.get(key) ?? null, setItem: (key, value) => store.set(key, value) })
  contest = {
    kernel: 'layer_norm',
    variants: Object.keys(LAYER_NORM_VARIANTS),
    shapes: '33×12',
    record(p, make) {
      recorded.push(gpu.variants.get('layer_norm')!)
      return [layerNorm(p, make([33, 12]), make([12], 'f32'), make([12], 'f32'))]
    },
  }
})
afterEach(() => gpu.dispose())

test('every version is tried, one is chosen and kept, and nothing is left on the GPU', async () => {
  const before = gpu.bytes
  await autotune(gpu, [contest], 60_000)
  expect(recorded).toEqual(contest.variants)
  expect(contest.variants).toContain(gpu.variants.get('layer_norm'))
  expect([...store.values()]).toEqual([gpu.variants.get('layer_norm')])
  expect(gpu.bytes - before).toBeLessThan(1000) // uniforms of sizes stay
  await gpu.throwPendingError()
})

test('a kept choice is taken without trying', async () => {
  await autotune(gpu, [contest], 60_000)
  const [key] = store.keys()
  for (const version of contest.variants) {
    store.set(key!, version)
    recorded = []
    await autotune(gpu, [contest], 60_000)
    expect(recorded).toEqual([])
    expect(gpu.variants.get('layer_norm')).toBe(version)
  }
})

test('a kept choice that is no version any more is tried anew', async () => {
  await autotune(gpu, [contest], 60_000)
  store.set([...store.keys()][0]!, 'gone')
  recorded = []
  await autotune(gpu, [contest], 60_000)
  expect(recorded).toEqual(contest.variants)
})

test('without time nothing is tried, chosen or kept', async () => {
  await autotune(gpu, [contest], -1)
  expect(recorded).toEqual([])
  expect(gpu.variants.get('layer_norm')).toBeUndefined()
  expect(store.size).toBe(0)
})
