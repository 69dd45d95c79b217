// A GPUDevice that computes nothing and only records the buffers created on it.

import type { Precision } from './kernel.ts'

/** As much of a GPUDevice as loading, playing and training use. Its limits are infinite: no adapter is known here. */
export function dryRunDevice(buffers: Set<GPUBuffer>, precision: Precision): GPUDevice {
  const nothing = () => ({})
  const device = {
    features: new Set(precision === 'f16' ? ['shader-f16'] : []),
    limits: new Proxy({}, { get: () => Number.POSITIVE_INFINITY }),
    lost: new Promise<never>(() => undefined),
    queue: { writeBuffer: nothing, submit: nothing, onSubmittedWorkDone: () => Promise.resolve() },
    pushErrorScope: nothing,
    popErrorScope: async () => null,
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
