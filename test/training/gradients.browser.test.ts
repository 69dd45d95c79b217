// Gradients held to PyTorch's, of every tensor of all three components: the gradient bundles of test/golden, which
// reference/bundle.py --gradients writes too.

import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { Gpu } from '../../src/gpu/gpu.ts'
import { parseConfig } from '../../src/model/config.ts'
import { validateGradients } from '../../src/training/gradients.ts'
import { gradientRow } from '../../src/validation/comparison.ts'
import { bytesSource } from '../../src/weights/safetensors.ts'
import { fetchFiles, opener } from '../helpers/fetch_files.ts'

const COMPONENTS = ['tokenizer', 'latent_action', 'dynamics']

let device: GPUDevice
beforeAll(async () => {
  device = (await Gpu.create()).device
})
afterAll(() => device.destroy())

describe.each(['tiny', 'padded', 'vit', 'c-vivit'])('golden model %s', name => {
  test.each(COMPONENTS)('every gradient of the %s holds', async component => {
    const bundle = `gradients/${component}.grad.safetensors`
    const files = await fetchFiles(`/test/golden/${name}`, ['config.json', `${component}.safetensors`, bundle])
    const config = parseConfig(new TextDecoder().decode(files['config.json']))
    const gpu = await Gpu.create({ device, precision: 'f32' })
    const rows = await validateGradients(gpu, config, opener(files), bytesSource(bundle, files[bundle]!))
    gpu.dispose()
    expect(rows.filter(row => !row.holds)).toEqual([])
  })
})

describe('a gradient', () => {
  const holds = (reference: number[], ours: number[], ofAll = 1) =>
    gradientRow('g', Float32Array.from(reference), Float32Array.from(ours), ofAll).holds

  test('may be off by a thousandth of the largest number of its tensor, however small that is beside others', () => {
    expect(holds([0.5, 0.01], [0.5004, 0.0096])).toBe(true)
    expect(holds([0.5, 0.01], [0.5, 0.0106])).toBe(false)
    expect(holds([1e-8, 0], [1e-8, 5e-12])).toBe(true)
    expect(holds([1e-8, 0], [1e-8, 5e-11])).toBe(false)
  })

  test('that is 0 may be what 32-bit sums leave of the largest of all, and never NaN', () => {
    expect(holds([0, 1e-19], [5.6e-9, 0], 0.97)).toBe(true)
    expect(holds([0, 0], [2e-7, 0], 0.97)).toBe(false)
    expect(holds([0, 0], [Number.NaN, 0], 0.97)).toBe(false)
    expect(holds([0, 0, 0], [0, Number.NaN, 0], 0.97)).toBe(false)
  })
})
