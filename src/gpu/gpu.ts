// A Gpu is one WebGPU device, ours or the embedder's, with everything made on it: tensors, compiled pipelines, and whether it is
// lost. It knows no model. A scope is a Gpu on the same device. It shares its parent's tensors and frees only its own, so several
// worlds share one model's weights.

import {
  adapterNameOf,
  type DeviceState,
  type GpuOptions,
  isSoftwareAdapter,
  type LossListener,
  openDevice,
  stateOf,
  type TuningCache,
} from './device.ts'
import { GpuError } from './errors.ts'
import { type Kernel, type Params, type Precision, packParams, type Requirement } from './kernel.ts'
import { Pipelines } from './pipelines.ts'
import { type ElementType, Tensor, tensorBytes } from './tensor.ts'

const NO_MEMORY = 'the GPU does not have enough memory: free other models or use a smaller one'

export class Gpu {
  /** What the adapter calls itself, for people. */
  readonly adapterName: string
  /** Whether the adapter computes on the CPU (SwiftShader, llvmpipe, WARP). */
  readonly isSoftwareAdapter: boolean
  /** A read-only zero tensor, bound where a kernel's optional operand is absent. */
  readonly placeholder: Tensor
  /** Buffers for the intermediates of Programs, shared by all scopes. */
  readonly scratch: GPUBuffer[]
  /** Which variant of a kernel runs, by the kernel's name, where autotuning chose one. Scopes share it. */
  readonly variants: Map<string, string>
  /** Compiled kernels, shared by all Gpus on the device. */
  readonly pipelines: Pipelines
  private readonly buffers = new Set<GPUBuffer>()
  private readonly uniforms: Map<string, GPUBuffer>
  private readonly state: DeviceState
  /** Error scopes whose result is pending. */
  private readonly allocations = new Set<Promise<void>>()
  private disposed = false
  private freed = false
  /** This Gpu, until it is disposed of, and its scopes. What they share is freed after the last of them. */
  private refCount = 1
  private pendingError: string | undefined

  private constructor(
    readonly device: GPUDevice,
    /** The storage type of weights, activations and caches. */
    readonly precision: Precision,
    private readonly ownsDevice: boolean,
    info: GPUAdapterInfo | undefined,
    readonly tuningCache: TuningCache | undefined,
    private readonly parent?: Gpu,
    variants?: ReadonlyMap<string, string>,
  ) {
    this.adapterName = adapterNameOf(info)
    this.isSoftwareAdapter = isSoftwareAdapter(info)
    this.state = stateOf(device)
    this.pipelines = parent?.pipelines ?? new Pipelines(device, precision, this.isSoftwareAdapter, this.adapterName)
    this.uniforms = parent?.uniforms ?? new Map()
    this.scratch = parent?.scratch ?? []
    this.variants = variants ? new Map(variants) : (parent?.variants ?? new Map())
    this.placeholder = parent?.placeholder ?? this.tensor('placeholder', [4], 'f32')
  }

  /**
   * @throws GpuError when WebGPU or an adapter is missing, the device is lost, its limits are below WebGPU's defaults, or
   * `precision: 'f16'` is asked of a device without shader-f16
   */
  static async create(options: GpuOptions = {}): Promise<Gpu> {
    const { device, info, precision } = await openDevice(options)
    const gpu = new Gpu(device, precision, !options.device, info, options.tuningCache)
    gpu.state.whileWaiting ??= options.whileWaiting
    if (!options.device)
      device.addEventListener('uncapturederror', event => {
        gpu.pendingError ??= event.error instanceof GPUOutOfMemoryError ? NO_MEMORY : event.error.message
      })
    return gpu
  }

  /** Whether the adapter meets a kernel's requirement. */
  supports(requirement: Requirement): boolean {
    if (!this.device.features.has('subgroups')) return false
    return requirement === 'subgroups' || this.device.adapterInfo.subgroupMinSize >= 8
  }

  /**
   * A Gpu on the same device for tensors of its own. It shares the root's tensors and scratch buffers, which are freed when the
   * root and all its scopes are disposed of.
   * @param variants kernel variants for this scope alone; default: the root's, shared
   */
  scope(variants?: ReadonlyMap<string, string>): Gpu {
    if (this.parent) return this.parent.scope(variants)
    this.refCount++
    return new Gpu(this.device, this.precision, false, this.device.adapterInfo, this.tuningCache, this, variants)
  }

  /** Works in a scope, then disposes of it. */
  async withScope<T>(work: (scope: Gpu) => Promise<T>, variants?: ReadonlyMap<string, string>): Promise<T> {
    const scope = this.scope(variants)
    try {
      return await work(scope)
    } finally {
      scope.dispose()
    }
  }

  /** Resolves when all submitted work is done. @throws GpuError when the device is lost */
  async finished(): Promise<void> {
    await this.settle(this.device.queue.onSubmittedWorkDone())
  }

  /**
   * Waits for all submitted work and throws what went wrong: out of memory, or a validation error, which only our own device
   * reports.
   * @throws GpuError with the first error
   */
  async throwPendingError(): Promise<void> {
    await this.finished()
    await this.allocated()
  }

  /** Waits until all memory that was asked for is there. @throws GpuError when the GPU ran out of it */
  async allocated(): Promise<void> {
    const root = this.parent ?? this
    await this.settle(Promise.all([...this.allocations, ...root.allocations]))
    const error = this.pendingError ?? root.pendingError
    this.pendingError = undefined
    root.pendingError = undefined
    if (error !== undefined) throw new GpuError(error, error === NO_MEMORY ? 'out-of-memory' : 'gpu')
  }

  /** Whether it is not yet known if the last allocations succeeded. */
  get isAllocating(): boolean {
    return this.allocations.size > 0 || this.pendingError !== undefined || (this.parent?.isAllocating ?? false)
  }

  /**
   * Runs commands on buffers that may have no memory. Such commands raise validation errors, which this error scope keeps from an
   * embedder's `uncapturederror`.
   */
  guard<T>(commands: () => T): T {
    if (!this.isAllocating) return commands()
    this.device.pushErrorScope('validation')
    try {
      return commands()
    } finally {
      this.notePending(this.device.popErrorScope())
    }
  }

  /** The error of a lost device, once the loss is known. */
  get loss(): GpuError | undefined {
    return this.state.loss
  }

  /** Calls `listener` once when the device is lost. @returns a function that stops listening */
  onLost(listener: LossListener): () => void {
    return this.state.onLost(listener)
  }

  /**
   * Settles as `work` does, or rejects at once when the device is lost. An error that the loss caused becomes the loss's sentence.
   * @throws GpuError
   */
  settle<T>(work: Promise<T>): Promise<T> {
    return this.state.settle(work)
  }

  /** Resolves when the device is lost. `onLost` can be unsubscribed from, this cannot. */
  get lost(): Promise<GPUDeviceLostInfo> {
    return this.device.lost
  }

  /** Bytes of all its live buffers, including those that a scope shares. */
  get bytes(): number {
    let sum = this.parent?.bytes ?? 0
    for (const buffer of this.buffers) sum += buffer.size
    return sum
  }

  /** A new tensor, all zero. @param extraUsage of its buffer, besides storage and copies */
  tensor(label: string, shape: readonly number[], type: ElementType = this.precision, extraUsage = 0): Tensor {
    const usage = GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_SRC | GPUBufferUsage.COPY_DST | extraUsage
    return new Tensor(label, shape, type, this.buffer(label, tensorBytes(shape, type), usage))
  }

  /**
   * A new buffer that `dispose` will free.
   * @throws GpuError when it is larger than the device's limits allow; `throwPendingError` reports running out of memory
   */
  buffer(label: string, size: number, usage: number): GPUBuffer {
    if (this.freed) throw new GpuError(`${label}: its Gpu has been disposed of`, 'disposed')
    for (const name of ['maxStorageBufferBindingSize', 'maxBufferSize'] as const) {
      const limit = this.device.limits[name]
      if (size > limit)
        throw new GpuError(`${label} takes ${size} bytes, this device's ${name} is ${limit}`, 'unsupported')
    }
    const buffer = this.allocate(() => this.device.createBuffer({ label, size, usage }))
    this.buffers.add(buffer)
    return buffer
  }

  /** Creates something that takes memory and that the caller destroys. `throwPendingError` reports running out of memory. */
  allocate<T>(create: () => T): T {
    this.device.pushErrorScope('out-of-memory')
    const made = create()
    this.notePending(this.device.popErrorScope())
    return made
  }

  /** A new scratch buffer, for intermediates of Programs: nothing in it outlives a replay. */
  scratchBuffer(label: string, size: number): GPUBuffer {
    const usage = GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_SRC | GPUBufferUsage.COPY_DST
    const buffer = (this.parent ?? this).buffer(label, size, usage)
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

  /** Queues a write of host data, at the element type's own byte layout. @param offset bytes from the tensor's first element */
  write(tensor: Tensor, data: ArrayBufferView<ArrayBuffer>, offset = 0): void {
    this.guard(() => this.device.queue.writeBuffer(tensor.buffer, offset, data))
  }

  /**
   * A tensor's bytes, once all submitted work is done.
   * @throws GpuError when the device is lost or out of memory
   */
  async read(tensor: Tensor): Promise<ArrayBuffer> {
    const staging = this.buffer(`read ${tensor.label}`, tensor.bytes, GPUBufferUsage.COPY_DST | GPUBufferUsage.MAP_READ)
    const encoder = this.device.createCommandEncoder()
    encoder.copyBufferToBuffer(tensor.buffer, 0, staging, 0, tensor.bytes)
    try {
      this.submit(encoder)
      const mapped = this.guard(() => staging.mapAsync(GPUMapMode.READ))
      const bytes = this.settle(mapped.then(() => staging.getMappedRange().slice(0)))
      return (await Promise.all([bytes, this.allocated()]))[0]
    } finally {
      staging.destroy()
      this.buffers.delete(staging)
    }
  }

  /** Submits an encoder's commands. */
  submit(encoder: GPUCommandEncoder): void {
    this.guard(() => this.device.queue.submit([encoder.finish()]))
  }

  /** The uniform buffer of a kernel's Params. Equal Params share one. */
  uniformsFor(kernel: Kernel, params: Params): GPUBuffer {
    const packed = packParams(kernel, params)
    const key = packed.join()
    const known = this.uniforms.get(key)
    if (known) return known
    const root = this.parent ?? this
    const buffer = root.buffer(`params ${key}`, packed.byteLength, GPUBufferUsage.UNIFORM | GPUBufferUsage.COPY_DST)
    root.guard(() => this.device.queue.writeBuffer(buffer, 0, packed))
    this.uniforms.set(key, buffer)
    return buffer
  }

  /** Frees every tensor made here, and the device if it is ours. What scopes share is freed with the last of them. */
  dispose(): void {
    if (this.disposed) return
    this.disposed = true
    if (this.parent) this.release()
    const root = this.parent ?? this
    if (--root.refCount === 0) root.release()
  }

  /** @param scope the error scope of an allocation, or of commands that fail only if an allocation failed */
  private notePending(scope: Promise<GPUError | null>): void {
    const known: Promise<void> = scope.then(
      error => {
        if (error) this.pendingError = NO_MEMORY
        this.allocations.delete(known)
      },
      () => void this.allocations.delete(known), // the device was lost
    )
    this.allocations.add(known)
  }

  private release(): void {
    this.freed = true
    for (const buffer of this.buffers) buffer.destroy()
    this.buffers.clear()
    if (this.ownsDevice) this.device.destroy()
  }
}
