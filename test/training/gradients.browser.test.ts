// Gradients held to PyTorch's, of every tensor of all three components: the gradient bundles of test/golden, which
// reference/bundle.py --gradients writes too.

import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { Gpu } from '../../src/gpu/gpu.ts'
import { parseConfig } from '../../src/model/config.ts'
import { validateGradients } from '../../src/training/gradients.ts'
import { bytesSource } from '../../src/weights/safetensors.ts'
import { fetchFiles, opener } from '../helpers/fetched.ts'

const COMPONENTS = ['tokenizer', 'latent_action', 'dynamics']

let device: GPUDevice
beforeAll(async () => {
  device = (await Gpu.create()).device
})
afterAll(() => device.destroy())

describe.each(['tiny', 'padded'])('golden model %s', name => {
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
