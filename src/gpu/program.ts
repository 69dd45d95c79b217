// A Program is a fixed list of dispatches: recorded once, its intermediate tensors placed on as few buffers as their
// lifetimes allow, its pipelines and bind groups made once, then replayed into a compute pass as often as wanted.
// What changes from one replay to the next is data in tensors, never a constant here.

import { type Gpu, GpuError } from './gpu.ts'
import type { Kernel, OverrideConstants, Params } from './kernel.ts'
import type { Passes } from './profile.ts'
import type { Tape } from './tape.ts'
import { type ElementType, Tensor } from './tensor.ts'

interface Dispatch {
  kernel: Kernel
  params: Params
  constants: OverrideConstants
  tensors: readonly Tensor[]
  workgroups: readonly [number, number, number]
  stage: string
}

/** A dispatch as it is replayed. */
interface BoundDispatch extends Pick<Dispatch, 'workgroups' | 'stage'> {
  pipeline: GPUComputePipeline
  group: GPUBindGroup
}

export class Program {
  private dispatches: Dispatch[] = []
  private bound: BoundDispatch[] | undefined
  /** What the dispatches that are recorded next belong to when time is measured. */
  stage: string

  /**
   * @param tape where operations note themselves, to be run backwards too
   * @throws GpuError when there is a tape and the Gpu does not compute in f32
   */
  constructor(
    readonly gpu: Gpu,
    readonly label: string,
    readonly tape?: Tape,
  ) {
    this.stage = label
    if (tape && gpu.precision !== 'f32') throw new GpuError(`${label}: training wants a Gpu of precision 'f32'`)
  }

  /** An intermediate tensor: it lives from the dispatch that writes it to the last that reads it, within one replay. */
  temp(label: string, shape: readonly number[], type: ElementType = this.gpu.storageType): Tensor {
    return new Tensor(`${this.label}: ${label}`, shape, type)
  }

  /** Gives an intermediate a buffer of its own, so that its values can be read after a replay. */
  output(t: Tensor): Tensor {
    t.bindBuffer(this.gpu.tensor(t.label, t.shape, t.type).buffer)
    return t
  }

  /**
   * Records one dispatch. `tensors` stand in the order of the kernel's bindings.
   * @throws GpuError when the grid is past the device's limit
   */
  dispatch(
    kernel: Kernel,
    sizes: Params,
    tensors: readonly Tensor[],
    workgroups: readonly [number, number?, number?],
    constants: OverrideConstants = {},
  ): void {
    const [x, y = 1, z = 1] = workgroups
    const limit = this.gpu.device.limits.maxComputeWorkgroupsPerDimension
    if (Math.max(x, y, z) > limit)
      throw new GpuError(
        `${this.label}: ${kernel.name} needs ${x}×${y}×${z} workgroups, more than this adapter's ${limit} a dimension`,
      )
    if (tensors.length !== kernel.bindings.length)
      throw new Error(`${kernel.name} has ${kernel.bindings.length} bindings, given ${tensors.length}`)
    this.dispatches.push({ kernel, params: sizes, constants, tensors, workgroups: [x, y, z], stage: this.stage })
  }

  /** Compiles what is missing, in parallel, then plans and binds. */
  async build(): Promise<this> {
    await this.compile()
    return this.buildSync()
  }

  /** Compiles what is missing, in parallel. */
  async compile(): Promise<void> {
    this.eliminateDeadDispatches()
    await Promise.all(this.dispatches.map(d => this.gpu.compile(d.kernel, d.constants)))
  }

  /** Plans and binds; blocks while it compiles what `prepare` did not. */
  buildSync(): this {
    this.eliminateDeadDispatches()
    this.allocateIntermediates()
    this.bound = this.dispatches.map(({ kernel, params: sizes, constants, tensors, workgroups, stage }) => {
      const pipeline = this.gpu.pipeline(kernel, constants)
      const buffers = [this.gpu.uniformsFor(kernel, sizes), ...tensors.map(t => t.buffer)]
      const entries = buffers.map((buffer, binding) => ({ binding, resource: { buffer } }))
      const group = this.gpu.device.createBindGroup({
        label: kernel.name,
        layout: pipeline.getBindGroupLayout(0),
        entries,
      })
      return { pipeline, group, workgroups, stage }
    })
    return this
  }

  /** Replays it into a pass, or each stage into its own. */
  encode(passes: Passes): void {
    if (!this.bound) throw new Error(`${this.label} is replayed before it is built`)
    for (const part of this.bound) replay(part, typeof passes === 'function' ? passes(part.stage) : passes)
  }

  /** Its dispatches one by one, by the names of their kernels: for measuring. */
  listDispatches(): { name: string; encode(pass: GPUComputePassEncoder): void }[] {
    if (!this.bound) throw new Error(`${this.label} is taken apart before it is built`)
    return this.bound.map((part, i) => ({
      name: this.dispatches[i]!.kernel.name,
      encode: pass => replay(part, pass),
    }))
  }

  /** Replays it alone, in one submit. */
  run(): void {
    this.submit(pass => this.encode(pass))
  }

  /**
   * Replays it one dispatch at a time and reads whatever it touches: gives the label of the first tensor that holds NaN or infinity.
   * For finding a fault, as it waits for the GPU after every dispatch.
   */
  async firstNonFinite(): Promise<string | undefined> {
    // What an earlier replay left in scratch memory, where this one writes nothing, is not its fault.
    const encoder = this.gpu.device.createCommandEncoder({ label: this.label })
    for (const buffer of this.gpu.scratch) encoder.clearBuffer(buffer)
    this.gpu.device.queue.submit([encoder.finish()])
    const whole = new Set<Tensor>()
    const firstFaulty = async (tensors: readonly Tensor[]): Promise<string | undefined> => {
      for (const t of tensors) {
        const values = new Float32Array(await this.gpu.read(t)).subarray(0, t.length)
        if (t.type === 'f32' && !values.every(Number.isFinite)) return t.label
        whole.add(t)
      }
      return undefined
    }
    for (const [i, { kernel, tensors }] of this.dispatches.entries()) {
      const before = await firstFaulty(tensors.filter((t, j) => kernel.bindings[j] !== 'write' && !whole.has(t)))
      if (before) return before
      this.submit(pass => replay(this.bound![i]!, pass))
      const after = await firstFaulty(tensors.filter((_, j) => kernel.bindings[j] !== 'read'))
      if (after) return after
    }
    return undefined
  }

  private submit(record: (pass: GPUComputePassEncoder) => void): void {
    const encoder = this.gpu.device.createCommandEncoder({ label: this.label })
    const pass = encoder.beginComputePass()
    record(pass)
    pass.end()
    this.gpu.device.queue.submit([encoder.finish()])
  }

  /** Drops dispatches whose results nothing reads: a pass that only fills the cache needs no logits. */
  private eliminateDeadDispatches(): void {
    const wanted = new Set<Tensor>()
    const kept: Dispatch[] = []
    for (const d of this.dispatches.toReversed()) {
      const outputs = d.tensors.filter((_, i) => d.kernel.bindings[i] !== 'read')
      if (!outputs.some(t => !t.isIntermediate || wanted.has(t))) continue
      for (const [i, t] of d.tensors.entries()) if (d.kernel.bindings[i] !== 'write') wanted.add(t)
      kept.push(d)
    }
    this.dispatches = kept.reverse()
  }

  /**
   * Gives every intermediate a buffer: the smallest one that is free from its first use to its last, else a new one. Other Programs
   * use the same buffers: what runs in one queue runs one after the other.
   */
  private allocateIntermediates(): void {
    const lastUse = new Map(
      this.dispatches.flatMap(({ tensors }, i) => tensors.filter(t => t.isIntermediate).map(t => [t, i] as const)),
    )
    const free = [...this.gpu.scratch]
    this.dispatches.forEach(({ tensors }, i) => {
      for (const t of new Set(tensors)) if (t.isIntermediate) t.bindBuffer(this.allocate(t, free))
      for (const t of new Set(tensors)) if (lastUse.get(t) === i) free.push(t.buffer)
    })
  }

  private allocate(t: Tensor, free: GPUBuffer[]): GPUBuffer {
    let best = -1
    free.forEach((b, i) => {
      if (b.size >= t.bytes && (best < 0 || b.size < free[best]!.size)) best = i
    })
    if (best >= 0) return free.splice(best, 1)[0]!
    return this.gpu.scratchBuffer(t.label, t.bytes)
  }
}

function replay({ pipeline, group, workgroups }: BoundDispatch, pass: GPUComputePassEncoder): void {
  pass.setPipeline(pipeline)
  pass.setBindGroup(0, group)
  pass.dispatchWorkgroups(...workgroups)
}
