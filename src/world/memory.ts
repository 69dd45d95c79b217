// How much GPU memory a world will take, without a GPU: the world is built as it always is, from weights that are all zero, on a
// device that does nothing but note what buffers are asked of it.

import type { Precision } from '../gpu/kernel.ts'
import { COMPONENT_NAMES, COMPONENT_TENSORS } from '../model/components.ts'
import type { Config } from '../model/config.ts'
import type { ParameterSpec } from '../weights/load.ts'
import type { ModelSource } from '../weights/model_source.ts'
import { type ByteSource, bytesSource, writeHeader } from '../weights/safetensors.ts'
import { World } from './world.ts'

/** Bytes on the GPU. */
export interface WorldMemory {
  weights: number
  /** Keys and values of past frames. */
  caches: number
  /** Everything else: intermediate results, the frame, sizes. */
  working: number
  total: number
}

/**
 * What a world of this config takes once it is loaded. Its time and host memory are those of loading the model itself.
 * @throws FormatError when the config lacks the section of a part that play needs
 */
export async function worldMemory(config: Config, precision: Precision): Promise<WorldMemory> {
  const buffers = new Set<GPUBuffer>()
  await World.load(zeroModel(config), { device: dryRunDevice(buffers, precision), precision, tune: false })
  const bytes = (isCounted: (label: string) => boolean) =>
    [...buffers].reduce((sum, { label, size }) => sum + (isCounted(label) ? size : 0), 0)
  const weights = bytes(label => label.includes('.safetensors: '))
  const caches = bytes(label => / (keys|values) \d+$/.test(label))
  const total = bytes(() => true)
  return { weights, caches, working: total - weights - caches, total }
}

/** The files of a model whose every weight is 0. */
export function zeroModel(config: Config): ModelSource {
  return {
    name: config.name,
    async open(file) {
      if (file === 'config.json') return bytesSource(file, new TextEncoder().encode(JSON.stringify(config)))
      const component = COMPONENT_NAMES.find(name => file === `${name}.safetensors`)!
      return zeroWeights(file, COMPONENT_TENSORS[component](config))
    },
  }
}

/** A component's file in which every weight is 0. */
export function zeroWeights(name: string, specs: readonly ParameterSpec[]): ByteSource {
  const entries = specs.map(({ name, shape }) => [name, { dtype: 'F16' as const, shape }])
  const elements = specs.reduce((sum, { shape }) => sum + shape.reduce((a, b) => a * b, 1), 0)
  return {
    name,
    async *stream() {
      yield writeHeader(Object.fromEntries(entries))
      const chunk = new Uint8Array(1 << 20)
      for (let left = 2 * elements; left > 0; left -= chunk.byteLength) yield chunk.subarray(0, left)
    },
  }
}

/** What of a GPUDevice loading or training a world asks for. Its limits are endless: what an adapter allows is not known here. */
export function dryRunDevice(buffers: Set<GPUBuffer>, precision: Precision): GPUDevice {
  const nothing = () => ({})
  const device = {
    features: new Set(precision === 'f16' ? ['shader-f16'] : []),
    limits: new Proxy({}, { get: () => Number.POSITIVE_INFINITY }),
    lost: new Promise<never>(() => undefined),
    queue: { writeBuffer: nothing, submit: nothing, onSubmittedWorkDone: () => Promise.resolve() },
    createBuffer({ label = '', size }: GPUBufferDescriptor) {
      const buffer = { label, size, destroy: () => buffers.delete(buffer) } as unknown as GPUBuffer
      buffers.add(buffer)
      return buffer
    },
    createBindGroupLayout: nothing,
    createPipelineLayout: nothing,
    createShaderModule: nothing,
    createBindGroup: nothing,
    createComputePipeline: () => ({ getBindGroupLayout: nothing }),
    createComputePipelineAsync: async () => ({ getBindGroupLayout: nothing }),
  }
  return device as unknown as GPUDevice
}
