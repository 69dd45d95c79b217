// A Gpu is one WebGPU device, ours or the embedder's, with what was made on it: tensors, compiled pipelines, and the
// promise that tells when it is lost. It knows no model. Its branches are Gpus of the same device that share what it holds
// and free only what is their own: so several worlds share one model's weights.

import {
  type Kernel,
  locateLine,
  type OverrideConstants,
  type Params,
  type Precision,
  packParams,
  type Requirement,
  shaderSource,
} from './kernel.ts'
import { type ElementType, Tensor, tensorBytes } from './tensor.ts'

/** WebGPU is missing, too small for what was asked, or lost; the message is one sentence that says what would help. */
export class GpuError extends Error {
  override name = 'GpuError'
}

export interface GpuOptions {
  /** The embedder's device; never destroyed or reconfigured. Without it one is requested. */
  device?: GPUDevice
  /** The adapter to request a device from; default: the browser's choice. */
  adapter?: GPUAdapter
  /** Default: f16 where the device has shader-f16, else f32. */
  precision?: Precision
}

/** Limits worth more than their defaults: asked for as large as the adapter has them. */
const WANTED_LIMITS = [
  'maxBufferSize',
  'maxStorageBufferBindingSize',
  'maxComputeWorkgroupStorageSize',
  'maxComputeInvocationsPerWorkgroup',
  'maxComputeWorkgroupSizeX',
] as const

/** What kernels are written for: the least that WebGPU promises, which a device of a compatibility adapter may lack. */
const NEEDED_LIMITS = {
  maxStorageBuffersPerShaderStage: 8,
  maxComputeWorkgroupStorageSize: 16384,
  maxComputeInvocationsPerWorkgroup: 256,
  maxComputeWorkgroupSizeX: 256,
} as const

const WANTED_FEATURES = ['shader-f16', 'subgroups', 'timestamp-query'] as const

/** Pipelines by device: several worlds on one device compile once. */
const compiled = new WeakMap<GPUDevice, Map<string, GPUComputePipeline | Promise<GPUComputePipeline>>>()

function adapterNameOf(info: GPUAdapterInfo | undefined): string {
  return (
    [info?.vendor, info?.architecture, info?.device, info?.description].filter(Boolean).join(' ') || 'unnamed adapter'
  )
}

/** Whether a CPU plays the GPU (SwiftShader, llvmpipe, WARP). */
export function isSoftwareAdapter(info: GPUAdapterInfo | undefined): boolean {
  return (
    /swiftshader|llvmpipe|lavapipe|warp|basic render/i.test(adapterNameOf(info)) || info?.isFallbackAdapter === true
  )
}

export class Gpu {
  /** What the adapter calls itself, for people. */
  readonly adapterName: string
  /** Whether a CPU plays the GPU (SwiftShader, llvmpipe, WARP). */
  readonly isSoftwareAdapter: boolean
  /** A read-only zero tensor to bind where a kernel's optional operand is absent. */
  readonly placeholder: Tensor
  /** Buffers that the Programs of this Gpu and of its branches put their intermediates on, all the same ones. */
  readonly scratch: GPUBuffer[]
  /** Which version of a kernel runs, by the kernel's name, where measuring chose one; shared with branches. */
  readonly variants: Map<string, string>
  private readonly buffers = new Set<GPUBuffer>()
  private readonly uniforms: Map<string, GPUBuffer>
  private readonly pipelines: Map<string, GPUComputePipeline | Promise<GPUComputePipeline>>
  private disposed = false
  private freed = false
  /** This one, until it is disposed of, and its branches: what they share is freed after the last of them. */
  private refCount = 1
  private pendingError: GPUError | undefined

  private constructor(
    readonly device: GPUDevice,
    readonly precision: Precision,
    private readonly ownsDevice: boolean,
    info: GPUAdapterInfo | undefined,
    private readonly trunk?: Gpu,
  ) {
    this.adapterName = adapterNameOf(info)
    this.isSoftwareAdapter = isSoftwareAdapter(info)
    this.pipelines = compiled.get(device) ?? new Map()
    compiled.set(device, this.pipelines)
    this.uniforms = trunk?.uniforms ?? new Map()
    this.scratch = trunk?.scratch ?? []
    this.variants = trunk?.variants ?? new Map()
    this.placeholder = trunk?.placeholder ?? this.tensor('none', [4], 'f32')
  }

  /**
   * @throws GpuError when WebGPU or an adapter is missing, a device's limits are less than WebGPU's own defaults, or
   * `precision: 'f16'` is asked of a device without shader-f16
   */
  static async create(options: GpuOptions = {}): Promise<Gpu> {
    if (options.device) checkLimits(options.device)
    if (options.device) return new Gpu(options.device, choosePrecision(options), false, options.device.adapterInfo)
    const adapter = options.adapter ?? (await requestAdapter())
    const requiredFeatures = WANTED_FEATURES.filter(f => adapter.features.has(f)) as GPUFeatureName[]
    const requiredLimits = Object.fromEntries(WANTED_LIMITS.map(name => [name, adapter.limits[name]]))
    const device = await adapter.requestDevice({ requiredFeatures, requiredLimits })
    const gpu = new Gpu(device, choosePrecision({ ...options, device }), true, adapter.info)
    device.addEventListener('uncapturederror', event => {
      gpu.pendingError ??= event.error
    })
    return gpu
  }

  /** Whether a kernel that needs this can run. */
  supports(requirement: Requirement): boolean {
    if (!this.device.features.has('subgroups')) return false
    return requirement === 'subgroups' || this.device.adapterInfo.subgroupMinSize >= 8
  }

  /**
   * A Gpu on the same device for tensors of its own. What is on this one, and scratch memory, is shared, and freed when it and all
   * its branches are disposed of.
   */
  scope(): Gpu {
    if (this.trunk) return this.trunk.scope()
    this.refCount++
    return new Gpu(this.device, this.precision, false, this.device.adapterInfo, this)
  }

  /** Works on a branch, and disposes of it. */
  async withScope<T>(work: (scope: Gpu) => Promise<T>): Promise<T> {
    const scope = this.scope()
    try {
      return await work(scope)
    } finally {
      scope.dispose()
    }
  }

  /**
   * Waits for what was submitted and tells of what went wrong: an error of WebGPU's validation, or no memory. On an
   * embedder's device errors are the embedder's to hear.
   * @throws GpuError with the first error
   */
  async throwPendingError(): Promise<void> {
    await this.device.queue.onSubmittedWorkDone()
    const { pendingError } = this.trunk ?? this
    if (pendingError)
      throw new GpuError(
        pendingError instanceof GPUOutOfMemoryError
          ? 'the GPU has not enough memory for this model'
          : pendingError.message,
      )
  }

  /** The storage type of weights, activations and caches. */
  get storageType(): ElementType {
    return this.precision
  }

  /** Resolves when the device is lost, whoever's it is. */
  get lost(): Promise<GPUDeviceLostInfo> {
    return this.device.lost
  }

  /** Bytes of all buffers that live on it, those that a branch shares included. */
  get bytes(): number {
    let sum = this.trunk?.bytes ?? 0
    for (const buffer of this.buffers) sum += buffer.size
    return sum
  }

  /** A new tensor, all zero. */
  tensor(label: string, shape: readonly number[], type: ElementType = this.storageType): Tensor {
    const usage = GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_SRC | GPUBufferUsage.COPY_DST
    return new Tensor(label, shape, type, this.buffer(label, tensorBytes(shape, type), usage))
  }

  /**
   * A new buffer that `dispose` will free.
   * @throws GpuError when it would pass the device's limits
   */
  buffer(label: string, size: number, usage: GPUBufferUsageFlags): GPUBuffer {
    if (this.freed) throw new GpuError(`${label}: the world it belongs to has been disposed of`)
    for (const name of ['maxStorageBufferBindingSize', 'maxBufferSize'] as const) {
      const limit = this.device.limits[name]
      if (size > limit) throw new GpuError(`${label} takes ${size} bytes, this device's ${name} is ${limit}`)
    }
    const buffer = this.device.createBuffer({ label, size, usage })
    this.buffers.add(buffer)
    return buffer
  }

  /** A new scratch buffer: one for the intermediates of Programs, which hold nothing from one replay to the next. */
  scratchBuffer(label: string, size: number): GPUBuffer {
    const usage = GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_SRC | GPUBufferUsage.COPY_DST
    const buffer = (this.trunk ?? this).buffer(label, size, usage)
    this.scratch.push(buffer)
    return buffer
  }

  /** Frees a tensor before its Gpu is disposed of. No unsubmitted encoder may use it. */
  free(...tensors: Tensor[]): void {
    for (const { buffer } of tensors) {
      buffer.destroy()
      this.buffers.delete(buffer)
    }
  }

  /** Queues a write of host data, at the element type's own byte layout. */
  write(tensor: Tensor, data: ArrayBufferView<ArrayBuffer>): void {
    this.device.queue.writeBuffer(tensor.buffer, 0, data)
  }

  /** A tensor's bytes, once all submitted work is done. */
  async read(tensor: Tensor): Promise<ArrayBuffer> {
    const staging = this.buffer(`read ${tensor.label}`, tensor.bytes, GPUBufferUsage.COPY_DST | GPUBufferUsage.MAP_READ)
    const encoder = this.device.createCommandEncoder()
    encoder.copyBufferToBuffer(tensor.buffer, 0, staging, 0, tensor.bytes)
    this.device.queue.submit([encoder.finish()])
    try {
      await staging.mapAsync(GPUMapMode.READ)
      return staging.getMappedRange().slice(0)
    } finally {
      staging.destroy()
      this.buffers.delete(staging)
    }
  }

  /** The pipeline of a kernel at given sizes; compiles it now, blocking, if `prepare` did not. */
  pipeline(kernel: Kernel, constants: OverrideConstants): GPUComputePipeline {
    const key = this.pipelineKey(kernel, constants)
    const known = this.pipelines.get(key)
    if (known && !(known instanceof Promise)) return known
    const pipeline = this.device.createComputePipeline(this.pipelineDescriptor(kernel, constants))
    this.pipelines.set(key, pipeline)
    return pipeline
  }

  /**
   * Compiles in the background what is not compiled or under way; many at once compile in parallel.
   * @throws GpuError naming kernel, line and adapter; the next attempt compiles again
   */
  async compile(kernel: Kernel, constants: OverrideConstants): Promise<void> {
    const key = this.pipelineKey(kernel, constants)
    const pending = this.pipelines.get(key) ?? this.compileNow(kernel, constants)
    this.pipelines.set(key, pending)
    try {
      this.pipelines.set(key, await pending)
    } catch (error) {
      if (this.pipelines.get(key) === pending) this.pipelines.delete(key)
      throw error
    }
  }

  private async compileNow(kernel: Kernel, constants: OverrideConstants): Promise<GPUComputePipeline> {
    // The scope keeps an error of the shader from `uncapturederror`: the rejection below reports it.
    this.device.pushErrorScope('validation')
    const descriptor = this.pipelineDescriptor(kernel, constants)
    this.device.popErrorScope().catch(() => undefined)
    try {
      return await this.device.createComputePipelineAsync(descriptor)
    } catch (error) {
      const { messages } = await descriptor.compute.module.getCompilationInfo()
      const fault = messages.find(({ type }) => type === 'error')
      const line = fault && locateLine(kernel, this.precision, this.isSoftwareAdapter, fault.lineNum)
      const reason = fault ? `${line}: ${fault.message}` : error instanceof Error ? error.message : String(error)
      throw new GpuError(`${kernel.name} does not compile on ${this.adapterName}: ${reason}`)
    }
  }

  /** The uniform buffer of a kernel's sizes; equal sizes share one. */
  uniformsFor(kernel: Kernel, uniformsFor: Params): GPUBuffer {
    const packed = packParams(kernel, uniformsFor)
    const key = packed.join()
    const known = this.uniforms.get(key)
    if (known) return known
    const buffer = (this.trunk ?? this).buffer(
      `sizes ${key}`,
      packed.byteLength,
      GPUBufferUsage.UNIFORM | GPUBufferUsage.COPY_DST,
    )
    this.device.queue.writeBuffer(buffer, 0, packed)
    this.uniforms.set(key, buffer)
    return buffer
  }

  /** The whole text and its constants, so that two kernels of one name are never confused. */
  private pipelineKey(kernel: Kernel, constants: OverrideConstants): string {
    return `${JSON.stringify(constants)} ${shaderSource(kernel, this.precision, this.isSoftwareAdapter)}`
  }

  private pipelineDescriptor(kernel: Kernel, constants: OverrideConstants): GPUComputePipelineDescriptor {
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

  /** Frees every tensor made here, and the device where it is ours; what branches share, when the last of them is disposed of too. */
  dispose(): void {
    if (this.disposed) return
    this.disposed = true
    if (this.trunk) this.release()
    const trunk = this.trunk ?? this
    if (--trunk.refCount === 0) trunk.release()
  }

  private release(): void {
    this.freed = true
    for (const buffer of this.buffers) buffer.destroy()
    this.buffers.clear()
    if (this.ownsDevice) this.device.destroy()
  }
}

/** @throws GpuError naming the limit that an embedder's device lacks */
function checkLimits({ limits }: GPUDevice): void {
  for (const [name, needed] of Object.entries(NEEDED_LIMITS))
    if (limits[name as keyof typeof NEEDED_LIMITS] < needed)
      throw new GpuError(
        `this device's ${name} is ${limits[name as keyof typeof NEEDED_LIMITS]}, ${needed} are needed: request it with requiredLimits`,
      )
}

async function requestAdapter(): Promise<GPUAdapter> {
  if (typeof navigator === 'undefined' || !navigator.gpu)
    throw new GpuError('WebGPU is missing here: use Chrome or Edge 113, Safari 26, Firefox 141 or newer')
  const adapter = await navigator.gpu.requestAdapter({ powerPreference: 'high-performance' })
  if (!adapter) throw new GpuError('WebGPU is here but found no adapter: the graphics driver may be missing or blocked')
  return adapter
}

function choosePrecision({ device, precision }: GpuOptions): Precision {
  const hasF16 = device!.features.has('shader-f16')
  if (precision === 'f16' && !hasF16)
    throw new GpuError("precision 'f16' needs a device with the feature shader-f16, which this one lacks")
  return precision ?? (hasF16 ? 'f16' : 'f32')
}
