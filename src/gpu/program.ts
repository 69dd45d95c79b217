// A Program is a fixed list of dispatches. It is recorded once. Its intermediate tensors share as few buffers as their lifetimes
// allow, and its pipelines and bind groups are created once. Then it is replayed into a compute pass any number of times.
// What changes from one replay to the next is data in tensors, never a constant here.

import { GpuError } from './errors.ts'
import type { Gpu } from './gpu.ts'
import { type Kernel, type OverrideConstants, type Params, packParams } from './kernel.ts'
import type { Passes } from './profile.ts'
import type { Tape } from './tape.ts'
import { type ElementType, Tensor } from './tensor.ts'

/**
 * Lets the GPU decide at each replay whether a Program's dispatches do anything. They read their Params from `activeParams`. A kernel
 * (kernels/maskgit/gate.ts) fills that with a copy of `allParams`, or with zeros. With Params of zero every kernel returns at once and
 * writes nothing that is read later.
 */
export interface Gate {
  allParams: Tensor // u32 [MAX_GATED, PARAMS_STRIDE / 4], the Params of dispatch i in row i
  activeParams: Tensor // of the same shape
}

/** Dispatches that a gated Program may have. */
const MAX_GATED = 512
/** Bytes from one dispatch's Params to the next: WebGPU's default for minUniformBufferOffsetAlignment. */
const PARAMS_STRIDE = 256

export function createGate(gpu: Gpu): Gate {
  const shape = [MAX_GATED, PARAMS_STRIDE / 4]
  return {
    allParams: gpu.tensor('all Params', shape, 'u32'),
    activeParams: gpu.tensor('active Params', shape, 'u32', GPUBufferUsage.UNIFORM),
  }
}

interface Dispatch {
  kernel: Kernel
  params: Params
  constants: OverrideConstants
  tensors: readonly Tensor[]
  workgroups: readonly [number, number, number]
  stage: string
}

/** A dispatch with its pipeline and bind group. */
interface BoundDispatch extends Pick<Dispatch, 'workgroups' | 'stage'> {
  pipeline: GPUComputePipeline
  group: GPUBindGroup
}

export class Program {
  private dispatches: Dispatch[] = []
  private bound: BoundDispatch[] | undefined
  /** The stage of the dispatches that are recorded next, for profiling. */
  stage: string

  /**
   * @param tape records the operations for the backward pass
   * @param gate decides at each replay whether its dispatches do anything
   * @throws GpuError when there is a tape and the Gpu's precision is not f32
   */
  constructor(
    readonly gpu: Gpu,
    readonly label: string,
    readonly tape?: Tape,
    private readonly gate?: Gate,
  ) {
    this.stage = label
    if (tape && gpu.precision !== 'f32') throw new GpuError(`${label}: training needs a Gpu of precision 'f32'`)
  }

  /** An intermediate tensor. It lives from the dispatch that writes it to the last that reads it, within one replay. */
  temp(label: string, shape: readonly number[], type: ElementType = this.gpu.precision): Tensor {
    return new Tensor(`${this.label}: ${label}`, shape, type)
  }

  /** Gives an intermediate a buffer of its own, so that its values can be read after a replay. */
  output(t: Tensor): Tensor {
    t.bindBuffer(this.gpu.tensor(t.label, t.shape, t.type).buffer)
    return t
  }

  /**
   * Records one dispatch. `tensors` are in the order of the kernel's bindings.
   * @throws GpuError when the grid exceeds the device's limit
   */
  dispatch(
    kernel: Kernel,
    params: Params,
    tensors: readonly Tensor[],
    workgroups: readonly [number, number?, number?],
    constants: OverrideConstants = {},
  ): void {
    const [x, y = 1, z = 1] = workgroups
    const limit = this.gpu.device.limits.maxComputeWorkgroupsPerDimension
    if (Math.max(x, y, z) > limit)
      throw new GpuError(
        `${this.label}: ${kernel.name} needs ${x}×${y}×${z} workgroups, more than this adapter's ${limit} per dimension`,
        'unsupported',
      )
    this.dispatches.push({ kernel, params, constants, tensors, workgroups: [x, y, z], stage: this.stage })
  }

  /** Compiles what is missing, in parallel, then allocates and binds. */
  async build(): Promise<this> {
    await this.compile()
    return this.buildSync()
  }

  /** Compiles what is missing, in parallel. */
  async compile(): Promise<void> {
    this.eliminateDeadDispatches()
    await Promise.all(this.dispatches.map(d => this.gpu.pipelines.compile(d.kernel, d.constants)))
  }

  get isBuilt(): boolean {
    return !!this.bound
  }

  /** Allocates and binds. Blocks while it compiles what `compile` did not. */
  buildSync(): this {
    this.eliminateDeadDispatches()
    this.allocateIntermediates()
    this.bound = this.dispatches.map((dispatch, i) => {
      const { kernel, constants, tensors, workgroups, stage } = dispatch
      const pipeline = this.gpu.pipelines.get(kernel, constants)
      const resources = [this.paramsOf(dispatch, i), ...tensors.map(({ buffer }) => ({ buffer }))]
      const entries = resources.map((resource, binding) => ({ binding, resource }))
      const layout = pipeline.getBindGroupLayout(0)
      const group = this.gpu.guard(() => this.gpu.device.createBindGroup({ label: kernel.name, layout, entries }))
      return { pipeline, group, workgroups, stage }
    })
    return this
  }

  /** Replays it into a pass, or each stage into its own pass. */
  encode(passes: Passes): void {
    if (!this.bound) throw new Error(`${this.label} is replayed before it is built: call build() first`)
    for (const part of this.bound) replay(part, typeof passes === 'function' ? passes(part.stage) : passes)
  }

  /** Its dispatches, to profile or replay them one by one. */
  listDispatches(): (Pick<Dispatch, 'kernel' | 'tensors'> & { encode(pass: GPUComputePassEncoder): void })[] {
    if (!this.bound) throw new Error(`${this.label} is listed before it is built: call build() first`)
    return this.bound.map((part, i) => ({ ...this.dispatches[i]!, encode: pass => replay(part, pass) }))
  }

  /** Replays it alone, in one submit. */
  run(): void {
    const encoder = this.gpu.device.createCommandEncoder({ label: this.label })
    const pass = encoder.beginComputePass()
    this.encode(pass)
    pass.end()
    this.gpu.submit(encoder)
  }

  /** Where a dispatch reads its Params. The dispatch that writes `gate.activeParams` is not gated: it cannot read what it writes. */
  private paramsOf({ kernel, params, tensors }: Dispatch, index: number): GPUBufferBinding {
    if (!this.gate || tensors.includes(this.gate.activeParams)) return { buffer: this.gpu.uniformsFor(kernel, params) }
    if (index === MAX_GATED) throw new Error(`${this.label} has more than ${MAX_GATED} dispatches`)
    const packed = packParams(kernel, params)
    const offset = PARAMS_STRIDE * index
    this.gpu.write(this.gate.allParams, packed, offset)
    return { buffer: this.gate.activeParams.buffer, offset, size: packed.byteLength }
  }

  /** Removes dispatches whose results nothing reads. A pass that only fills the cache needs no logits. */
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
   * Gives every intermediate a buffer: the smallest scratch buffer that is large enough and not in use at that dispatch, or a new one. After
   * its last use the buffer is free again. Programs share these buffers, because the queue runs one Program after another.
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
