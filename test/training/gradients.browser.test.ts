// The gradient of every parameter is compared with PyTorch's: the gradient bundles of test/golden, from reference/bundle.py --gradients and
// reference/target_gradients.py and reference/tokenizer_gradients.py.

import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { parseConfig } from '../../src/families/parse_config.ts'
import { Gpu } from '../../src/gpu/gpu.ts'
import { COMPONENT_NAMES, type ComponentName } from '../../src/model/component_names.ts'
import { type ComparisonRow, gradientRow } from '../../src/validation/comparison.ts'
import { validateGradients } from '../../src/validation/gradients.ts'
import { bytesSource } from '../../src/weights/safetensors.ts'
import { fetchFiles, opener } from '../helpers/fetch_files.ts'

let device: GPUDevice
beforeAll(async () => {
  device = (await Gpu.create()).device
})
afterAll(() => device.destroy())

async function wrongRows(model: string, component: ComponentName, name: string): Promise<ComparisonRow[]> {
  const bundle = `gradients/${name}.grad.safetensors`
  const files = await fetchFiles(`/test/golden/${model}`, ['config.json', `${component}.safetensors`, bundle])
  const config = parseConfig(new TextDecoder().decode(files['config.json']))
  const gpu = await Gpu.create({ device, precision: 'f32' })
  const rows = await validateGradients(gpu, config, opener(files), bytesSource(bundle, files[bundle]!))
  gpu.dispose()
  return rows.filter(row => !row.holds)
}

describe.each(['tiny', 'padded', 'vit', 'c-vivit', 'codebooks'])('golden model %s', name => {
  test.each(COMPONENT_NAMES)('every gradient of the %s is within tolerance', async component => {
    expect(await wrongRows(name, component, component)).toEqual([])
  })
})

test('codebooks: the loss of a dynamics as it is played and each of its gradients are within tolerance', async () => {
  expect(await wrongRows('codebooks', 'dynamics', 'dynamics_played')).toEqual([])
})

// Pixels, and tokens.
test.each(['tiny', 'vit'])(
  '%s: the loss with target codes and each of its gradients are within tolerance',
  async name => {
    expect(await wrongRows(name, 'latent_action', 'latent_action_targets')).toEqual([])
  },
)

// 20 · MSE with weights of pixels; and the phase before, in which nothing is quantised.
test.each([
  ['vit', 'weighted'],
  ['vit', 'autoencoder'],
  ['padded', 'weighted'],
  ['codebooks', 'weighted'],
])(
  '%s: the loss of a tokenizer as it is trained (%s) and each of its gradients are within tolerance',
  async (name, phase) => {
    expect(await wrongRows(name, 'tokenizer', `tokenizer_${phase}`)).toEqual([])
  },
)

describe('a gradient', () => {
  const holds = (reference: number[], ours: number[], ofAll = 1) =>
    gradientRow('g', Float32Array.from(reference), Float32Array.from(ours), ofAll).holds

  test('may differ by a thousandth of the largest number of its tensor, however small that tensor is', () => {
    expect(holds([0.5, 0.01], [0.5004, 0.0096])).toBe(true)
    expect(holds([0.5, 0.01], [0.5, 0.0106])).toBe(false)
    expect(holds([1e-8, 0], [1e-8, 5e-12])).toBe(true)
    expect(holds([1e-8, 0], [1e-8, 5e-11])).toBe(false)
  })

  test('that should be 0 may be as large as the rounding error of the largest of all gradients, but not NaN', () => {
    expect(holds([0, 1e-19], [5.6e-9, 0], 0.97)).toBe(true)
    expect(holds([0, 0], [2e-7, 0], 0.97)).toBe(false)
    expect(holds([0, 0], [Number.NaN, 0], 0.97)).toBe(false)
    expect(holds([0, 0, 0], [0, Number.NaN, 0], 0.97)).toBe(false)
  })
})
