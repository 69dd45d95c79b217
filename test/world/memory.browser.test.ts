// The predicted memory is the memory that a world takes.

import { afterAll, beforeAll, expect, test } from 'vitest'
import { Gpu } from '../../src/gpu/gpu.ts'
import { worldMemory } from '../../src/world/memory.ts'
import { World } from '../../src/world/world.ts'
import { filesSource, randomModel, randomPicture, smallConfig } from '../helpers/random_model.ts'

let device: GPUDevice
beforeAll(async () => {
  device = (await Gpu.create()).device
})
afterAll(() => device.destroy())

const CONFIGS = [
  ['small', smallConfig()],
  ['guided', smallConfig({ sampling: { guidance: 2 } })],
  ['vit', smallConfig({ tokenizer: { variant: 'vit' } })],
  ['c-vivit', smallConfig({ tokenizer: { variant: 'c-vivit' } })],
  ['long-sighted', smallConfig({ dynamics: { window: 33 }, tokenizer: { patch: 2, window: 9 } })],
] as const

for (const precision of ['f32', 'f16'] as const)
  test.for(CONFIGS)(
    `a %s world in ${precision} takes what was said, before a prompt and after some frames`,
    async ([, config], context) => {
      if (precision === 'f16' && !device.features.has('shader-f16'))
        context.skip('not tested here: this adapter has no shader-f16')
      const said = await worldMemory(config, precision)
      const world = await World.load(filesSource(randomModel(config)), { device, precision })
      expect(world.gpu.bytes).toBe(said.total)
      await world.prompt(randomPicture(14, 10))
      world.step(1)
      world.step(2)
      await world.tokens()
      expect(world.gpu.bytes).toBe(said.total)
      world.dispose()
    },
  )

test('weights grow with the layers, caches with the windows', async () => {
  const one = await worldMemory(smallConfig({ dynamics: { layers: 1 } }), 'f32')
  const two = await worldMemory(smallConfig({ dynamics: { layers: 2 } }), 'f32')
  const { width: D, ffn, heads, window } = smallConfig().dynamics
  const matrices = 4 * (2 * (3 * D * D + D * D) + 2 * D * ffn)
  expect(two.weights - one.weights).toBeGreaterThan(matrices)
  expect(two.weights - one.weights).toBeLessThan(1.2 * matrices)
  // Window + 1 slots (the second branch's), keys and values, 12 tokens, heads of 10 padded to 12 channels.
  expect(two.caches - one.caches).toBe(2 * (window + 1) * 12 * heads * 12 * 4)
  expect(two.total).toBe(two.weights + two.caches + two.working)
})

test('a vit tokenizer, whose frames stand alone, has no KV cache', async () => {
  const caches = async (variant: 'vit' | 'c-vivit') =>
    (await worldMemory(smallConfig({ tokenizer: { variant } }), 'f32')).caches
  const { heads, window, width } = smallConfig().tokenizer
  // Encoder and decoder, keys and values, 12 tokens, heads of 6 padded to 8 channels.
  expect((await caches('c-vivit')) - (await caches('vit'))).toBe(2 * 2 * window * 12 * heads * (width / heads + 2) * 4)
})

test('16-bit floats halve weights and caches, or nearly', async () => {
  const config = smallConfig({ dynamics: { width: 40, ffn: 80 } })
  const [wide, narrow] = [await worldMemory(config, 'f32'), await worldMemory(config, 'f16')]
  expect(narrow.weights / wide.weights).toBeLessThan(0.65)
  expect(narrow.caches / wide.caches).toBeCloseTo(0.5)
})
