// The GPU memory of a world, computed without a GPU: the world is loaded as always, with zero weights, on a dry-run device
// that only counts the buffers.

import { familyOf } from '../families/families.ts'
import { dryRunDevice } from '../gpu/dry_run.ts'
import type { Precision } from '../gpu/kernel.ts'
import { COMPONENT_NAMES } from '../model/component_names.ts'
import type { Config } from '../model/config.ts'
import type { ModelSource } from '../weights/model_source.ts'
import { bytesSource } from '../weights/safetensors.ts'
import { zeroWeights } from '../weights/zero_weights.ts'
import { World } from './world.ts'

/** Bytes on the GPU. */
export interface WorldMemory {
  weights: number
  /** Keys and values of past frames. */
  caches: number
  /** Everything else: intermediate results, the frame, parameters of kernels. */
  working: number
  total: number
  /** The largest buffer. */
  largest: number
}

/**
 * GPU memory of a loaded world with this config. It takes the time and host memory of loading the model itself.
 * @throws FormatError when the config lacks a section that play needs
 */
export async function worldMemory(config: Config, precision: Precision): Promise<WorldMemory> {
  const buffers = new Set<GPUBuffer>()
  await World.load(zeroModel(config), { device: dryRunDevice(buffers, precision), precision, tune: false })
  const bytes = (isCounted: (label: string) => boolean) =>
    [...buffers].reduce((sum, { label, size }) => sum + (isCounted(label) ? size : 0), 0)
  const weights = bytes(label => label.includes('.safetensors: '))
  const caches = bytes(label => / (keys|values) \d+$/.test(label))
  const total = bytes(() => true)
  const largest = Math.max(...[...buffers].map(({ size }) => size))
  return { weights, caches, working: total - weights - caches, total, largest }
}

/** The files of a model with zero weights. */
export function zeroModel(config: Config): ModelSource {
  return {
    name: config.name,
    async open(file) {
      if (file === 'config.json') return bytesSource(file, new TextEncoder().encode(JSON.stringify(config)))
      const component = COMPONENT_NAMES.find(name => file === `${name}.safetensors`)!
      return zeroWeights(file, await (await familyOf(config).load()).tensors[component](config))
    },
  }
}
