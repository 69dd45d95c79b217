// GPU time of one submit by stage. Each stage runs in compute passes of its own, with a timestamp at both ends.

import type { GpuError } from './errors.ts'
import type { Gpu } from './gpu.ts'

/** A pass to encode into, or a function that gives the pass of a stage. */
export type Passes = GPUComputePassEncoder | ((stage: string) => GPUComputePassEncoder)

/** Milliseconds by stage. */
export type StageTimes = Record<string, number>

const MOST_PASSES = 2048 // a query set holds two timestamps of each

export class Profile {
  /** Resolves when the submit is done. @throws GpuError when the profile is disposed of or the device lost before */
  readonly times: Promise<StageTimes>
  private settle!: (times: Promise<StageTimes>) => void
  private readonly stages: string[] = [] // of the passes, in order
  private readonly queries: GPUQuerySet
  private readonly resolved: GPUBuffer
  private readonly staging: GPUBuffer

  private constructor(private readonly gpu: Gpu) {
    const { device } = gpu
    this.times = new Promise(resolve => {
      this.settle = resolve
    })
    this.times.catch(() => undefined) // a caller need not wait for it
    const size = 16 * MOST_PASSES
    const buffer = (usage: number) => gpu.allocate(() => device.createBuffer({ label: 'profile', size, usage }))
    const count = 2 * MOST_PASSES
    this.queries = gpu.allocate(() => device.createQuerySet({ label: 'profile', type: 'timestamp', count }))
    this.resolved = buffer(GPUBufferUsage.QUERY_RESOLVE | GPUBufferUsage.COPY_SRC)
    this.staging = buffer(GPUBufferUsage.COPY_DST | GPUBufferUsage.MAP_READ)
  }

  /** A profile of the next submit; undefined where the device lacks timestamp-query. */
  static create(gpu: Gpu): Profile | undefined {
    return gpu.device.features.has('timestamp-query') ? new Profile(gpu) : undefined
  }

  /** Whether a pass was timed. */
  get hasBegun(): boolean {
    return this.stages.length > 0
  }

  /** Encodes stages. A pass stays open as long as the stage is the same. */
  encode(encoder: GPUCommandEncoder, record: (passes: Passes) => void): void {
    let pass = undefined as GPUComputePassEncoder | undefined
    let last = ''
    record(stage => {
      if (pass && stage === last) return pass
      pass?.end()
      last = stage
      pass = encoder.beginComputePass({ label: stage, ...this.timed(stage) })
      return pass
    })
    pass?.end()
  }

  /** The timestamps of a pass descriptor; nothing once the query set is full. */
  timed(stage: string): { timestampWrites?: GPUComputePassTimestampWrites } {
    if (this.stages.length === MOST_PASSES) return {}
    const end = 2 * this.stages.push(stage) - 1
    const writes = { querySet: this.queries, beginningOfPassWriteIndex: end - 1, endOfPassWriteIndex: end }
    return { timestampWrites: writes }
  }

  /** Encodes the last commands of the submit. */
  resolve(encoder: GPUCommandEncoder): void {
    const count = 2 * this.stages.length
    encoder.resolveQuerySet(this.queries, 0, count, this.resolved, 0)
    encoder.copyBufferToBuffer(this.resolved, 0, this.staging, 0, 8 * count)
  }

  /** Settles `times` when the submit is done, and frees the profile. */
  read(): void {
    this.settle(this.fetch().finally(() => this.free()))
  }

  private async fetch(): Promise<StageTimes> {
    const times: StageTimes = {}
    const mapped = this.gpu.guard(() => this.staging.mapAsync(GPUMapMode.READ))
    const read = this.gpu.settle(mapped.then(() => this.staging.getMappedRange().slice(0)))
    const [bytes] = await Promise.all([read, this.gpu.allocated()])
    const nanoseconds = new BigInt64Array(bytes)
    for (const [i, stage] of this.stages.entries()) {
      // Timestamps may run backwards when the GPU's clock is reset.
      const spent = Math.max(0, Number(nanoseconds[2 * i + 1]! - nanoseconds[2 * i]!))
      times[stage] = (times[stage] ?? 0) + spent / 1e6
    }
    return times
  }

  /** Gives up: `times` rejects. */
  dispose(reason: GpuError): void {
    this.settle(Promise.reject(reason))
    this.free()
  }

  private free(): void {
    this.queries.destroy()
    this.resolved.destroy()
    this.staging.destroy()
  }
}
