// Autotuning: every variant is timed, the choice is remembered and reused, and without a budget nothing is timed.

import { afterEach, beforeEach, expect, test } from 'vitest'
import { LAYER_NORM_VARIANTS, layerNorm } from '../../kernels/layer_norm/layer_norm.ts'
import { type AutotuneCase, autotune } from '../../src/gpu/autotune.ts'
import { Gpu } from '../../src/gpu/gpu.ts'

/** A budget that no machine is too slow for. */
const ALWAYS = Number.POSITIVE_INFINITY

let gpu: Gpu
let store: Map<string, string>
let recorded: string[]
let tuned: AutotuneCase

beforeEach(async () => {
  store = new Map()
  gpu = await Gpu.create({
    tuningCache: { getItem: key => store.get(key) ?? null, setItem: (key, value) => store.set(key, value) },
  })
  recorded = []
  tuned = {
    kernel: 'layer_norm',
    variants: Object.keys(LAYER_NORM_VARIANTS),
    shapes: '33×12',
    record(p, make) {
      recorded.push(p.gpu.variants.get('layer_norm')!)
      return [layerNorm(p, make([33, 12]), make([12], 'f32'), make([12], 'f32'))]
    },
  }
})
afterEach(() => gpu.dispose())

test('every variant is timed, one is chosen and remembered, and no buffer is left on the GPU', async () => {
  const before = gpu.bytes
  await autotune(gpu, [tuned], ALWAYS)
  expect(recorded).toEqual(tuned.variants)
  expect(tuned.variants).toContain(gpu.variants.get('layer_norm'))
  expect([...store.values()]).toEqual([gpu.variants.get('layer_norm')])
  expect(gpu.bytes - before).toBeLessThan(1000) // uniforms of sizes stay
  await gpu.throwPendingError()
})

test('a remembered choice is used without timing', async () => {
  await autotune(gpu, [tuned], ALWAYS)
  const [key] = store.keys()
  for (const variant of tuned.variants) {
    store.set(key!, variant)
    recorded = []
    await autotune(gpu, [tuned], ALWAYS)
    expect(recorded).toEqual([])
    expect(gpu.variants.get('layer_norm')).toBe(variant)
  }
})

test('a remembered choice that is no variant any more is timed again', async () => {
  await autotune(gpu, [tuned], ALWAYS)
  store.set([...store.keys()][0]!, 'gone')
  recorded = []
  await autotune(gpu, [tuned], ALWAYS)
  expect(recorded).toEqual(tuned.variants)
})

test('without a budget nothing is timed, chosen or remembered', async () => {
  await autotune(gpu, [tuned], -1)
  expect(recorded).toEqual([])
  expect(gpu.variants.get('layer_norm')).toBeUndefined()
  expect(store.size).toBe(0)
})
