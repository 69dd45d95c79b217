// A Gpu and its scopes: what they share lives as long as one of them does.

import { expect, test } from 'vitest'
import { Gpu } from '../../src/gpu/gpu.ts'
import { countingDevice } from '../helpers/counting_device.ts'

test.each([
  ['the scope', 'the root'],
  ['the root', 'the scope'],
])('%s disposed of, %s still works; after both no buffer is left', async first => {
  const { device, counts } = await countingDevice()
  const root = await Gpu.create({ device })
  const scope = root.scope()
  const shared = root.tensor('shared', [3], 'f32')
  root.write(shared, Float32Array.of(1, 2, 3))
  const [gone, left] = first === 'the scope' ? [scope, root] : [root, scope]
  gone.dispose()
  gone.dispose()
  const own = left.tensor('own', [2], 'f32')
  expect([...new Float32Array(await left.read(shared))].slice(0, 3)).toEqual([1, 2, 3])
  expect([...new Float32Array(await left.read(own))].slice(0, 2)).toEqual([0, 0])
  left.dispose()
  expect([counts.aliveBuffers, counts.aliveBytes]).toEqual([0, 0])
  expect(() => root.tensor('late', [1], 'f32')).toThrow('has been disposed of')
  device.destroy()
})
