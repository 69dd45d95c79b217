// Where the time of one submit goes: each stage of it runs in passes of its own, with a timestamp at either end of each.

import type { Gpu } from './gpu.ts'

/** A pass to encode into, or one for each stage: whoever encodes need not know which. */
export type Passes = GPUComputePassEncoder | ((stage: string) => GPUComputePassEncoder)

/** Milliseconds by stage. */
export type StageTimes = Record<string, number>

const MOST_PASSES = 2048 // a query set holds two timestamps of each

export class Profile {
  /** Once the submit is done. */
  readonly times: Promise<StageTimes>
  private tell!: (times: Promise<StageTimes>) => void
  private readonly stages: string[] = [] // of the passes, in order
  private readonly queries: GPUQuerySet
  private readonly resolved: GPUBuffer
  private readonly staging: GPUBuffer
  private pass: GPUComputePassEncoder | undefined
  private stage = ''

  private constructor({ device }: Gpu) {
    this.times = new Promise(resolve => {
      this.tell = resolve
    })
    const size = 16 * MOST_PASSES
    this.queries = device.createQuerySet({ label: 'profile', type: 'timestamp', count: 2 * MOST_PASSES })
    this.resolved = device.createBuffer({ size, usage: GPUBufferUsage.QUERY_RESOLVE | GPUBufferUsage.COPY_SRC })
    this.staging = device.createBuffer({ size, usage: GPUBufferUsage.COPY_DST | GPUBufferUsage.MAP_READ })
  }

  /** One for the next submit; undefined where the device lacks timestamp-query. */
  static create(gpu: Gpu): Profile | undefined {
    return gpu.device.features.has('timestamp-query') ? new Profile(gpu) : undefined
  }

  /** Whether there is anything to tell. */
  get hasBegun(): boolean {
    return this.stages.length > 0
  }

  /** Compute passes of an encoder: the one that is open as long as the stage stays the same. */
  passes(encoder: GPUCommandEncoder): (stage: string) => GPUComputePassEncoder {
    return stage => {
      if (this.pass && stage === this.stage) return this.pass
      this.endPass()
      this.stage = stage
      this.pass = encoder.beginComputePass({ label: stage, ...this.timed(stage) })
      return this.pass
    }
  }

  endPass(): void {
    this.pass?.end()
    this.pass = undefined
  }

  /** What a pass descriptor needs to be timed as a stage; nothing once there are more passes than can be timed. */
  timed(stage: string): { timestampWrites?: GPUComputePassTimestampWrites } {
    if (this.stages.length === MOST_PASSES) return {}
    const beginningOfPassWriteIndex = 2 * this.stages.length
    this.stages.push(stage)
    const endOfPassWriteIndex = beginningOfPassWriteIndex + 1
    return { timestampWrites: { querySet: this.queries, beginningOfPassWriteIndex, endOfPassWriteIndex } }
  }

  /** The last commands of the submit. */
  resolve(encoder: GPUCommandEncoder): void {
    const count = 2 * this.stages.length
    encoder.resolveQuerySet(this.queries, 0, count, this.resolved, 0)
    encoder.copyBufferToBuffer(this.resolved, 0, this.staging, 0, 8 * count)
  }

  /** Reads the times when the submit is done, for `times`, and frees what it made. */
  read(): void {
    this.tell(this.fetch())
  }

  private async fetch(): Promise<StageTimes> {
    const times: StageTimes = {}
    try {
      await this.staging.mapAsync(GPUMapMode.READ)
      const nanoseconds = new BigInt64Array(this.staging.getMappedRange())
      for (const [i, stage] of this.stages.entries()) {
        // A clock that is set back between two timestamps tells nothing.
        const spent = Math.max(0, Number(nanoseconds[2 * i + 1]! - nanoseconds[2 * i]!))
        times[stage] = (times[stage] ?? 0) + spent / 1e6
      }
    } finally {
      this.dispose()
    }
    return times
  }

  dispose(): void {
    this.queries.destroy()
    this.resolved.destroy()
    this.staging.destroy()
  }
}
