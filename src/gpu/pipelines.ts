// Compiled kernels. All Gpus on one device share them.

import { stateOf } from './device.ts'
import { GpuError, messageOf } from './errors.ts'
import { type Kernel, locateLine, type OverrideConstants, type Precision, shaderSource } from './kernel.ts'

export class Pipelines {
  constructor(
    private readonly device: GPUDevice,
    private readonly precision: Precision,
    private readonly isSoftwareAdapter: boolean,
    private readonly adapterName: string,
  ) {}

  private get compiled() {
    return stateOf(this.device).pipelines
  }

  /** The pipeline of a kernel; compiles it now, blocking, if `compile` did not. */
  get(kernel: Kernel, constants: OverrideConstants): GPUComputePipeline {
    const key = this.key(kernel, constants)
    const known = this.compiled.get(key)
    if (known && !(known instanceof Promise)) return known
    const pipeline = this.device.createComputePipeline(this.descriptor(kernel, constants))
    this.compiled.set(key, pipeline)
    return pipeline
  }

  /**
   * Compiles a kernel in the background, unless it is compiled or being compiled. Several calls compile in parallel.
   * @throws GpuError naming kernel, line and adapter; the next call compiles again
   */
  async compile(kernel: Kernel, constants: OverrideConstants): Promise<void> {
    const key = this.key(kernel, constants)
    const pending = this.compiled.get(key) ?? this.compileNow(kernel, constants)
    this.compiled.set(key, pending)
    try {
      this.compiled.set(key, await pending)
    } catch (error) {
      if (this.compiled.get(key) === pending) this.compiled.delete(key)
      throw error
    }
  }

  private async compileNow(kernel: Kernel, constants: OverrideConstants): Promise<GPUComputePipeline> {
    // The scope keeps an error of the shader from `uncapturederror`: the rejection below reports it.
    this.device.pushErrorScope('validation')
    const descriptor = this.descriptor(kernel, constants)
    this.device.popErrorScope().catch(() => undefined)
    try {
      return await this.device.createComputePipelineAsync(descriptor)
    } catch (error) {
      const info = await descriptor.compute.module.getCompilationInfo().catch(() => undefined)
      const fault = info?.messages.find(({ type }) => type === 'error')
      const line = fault && locateLine(kernel, this.precision, this.isSoftwareAdapter, fault.lineNum)
      const reason = fault ? `${line}: ${fault.message}` : messageOf(error)
      throw new GpuError(`${kernel.name} does not compile on ${this.adapterName}: ${reason}`)
    }
  }

  /** The whole text and its constants, so that two kernels of one name are never confused. */
  private key(kernel: Kernel, constants: OverrideConstants): string {
    return `${JSON.stringify(constants)} ${shaderSource(kernel, this.precision, this.isSoftwareAdapter)}`
  }

  private descriptor(kernel: Kernel, constants: OverrideConstants): GPUComputePipelineDescriptor {
    const types: GPUBufferBindingType[] = [
      'uniform',
      ...kernel.bindings.map(a => (a === 'read' ? 'read-only-storage' : 'storage')),
    ]
    const entries = types.map((type, binding) => ({ binding, visibility: GPUShaderStage.COMPUTE, buffer: { type } }))
    const layout = this.device.createPipelineLayout({
      bindGroupLayouts: [this.device.createBindGroupLayout({ entries })],
    })
    const module = this.device.createShaderModule({
      label: kernel.name,
      code: shaderSource(kernel, this.precision, this.isSoftwareAdapter),
    })
    return { label: kernel.name, layout, compute: { module, entryPoint: 'main', constants } }
  }
}
