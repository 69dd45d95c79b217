// Spatial attention of many tokens on a device of default limits.

import { test } from 'vitest'
import { Gpu } from '../../src/gpu/gpu.ts'
import { browserAdapter } from '../helpers/kernel_tests.ts'
import { manyTokensHold } from './cases/spatial_attention.ts'

test('4096 tokens fit a device of default limits: no score is stored', async () => {
  const adapter = await browserAdapter()
  const gpu = await Gpu.create({ device: await adapter.requestDevice(), precision: 'f32' })
  gpu.device.pushErrorScope('validation')
  await manyTokensHold(gpu, 4096)
  const error = await gpu.device.popErrorScope()
  if (error) throw new Error(error.message)
  gpu.device.destroy()
})
