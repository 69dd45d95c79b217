// Times a Program on the GPU. A round replays it many times in one pass, because Chrome rounds timestamps to 0.1 ms. A warm-up
// decides how often, and the median of seven rounds counts. Devices without timestamps are timed by the wall clock, from submit
// to done. A software adapter in this process can be timed by CPU time instead, which excludes other work on the machine.

import type { Gpu } from '../gpu/gpu.ts'
import type { Program } from '../gpu/program.ts'
import { median } from '../statistics.ts'

export interface Timing {
  ms: number
  /** (slowest - fastest) / median. */
  spread: number
  /** For each Program of `beside`, its time divided by this one's: the median of the rounds. */
  ratios: number[]
}

const ROUNDS = 7

export class GpuTimer {
  private readonly queries: GPUQuerySet | undefined
  private readonly stamps: GPUBuffer
  private readonly staging: GPUBuffer

  /**
   * @param budget milliseconds that a measurement may take after the warm-up
   * @param cpuTime milliseconds of CPU time that the adapter has used so far, over the number of cores
   */
  constructor(
    private readonly gpu: Gpu,
    private readonly budget: number,
    private readonly cpuTime?: () => number,
  ) {
    const { device } = gpu
    if (device.features.has('timestamp-query')) this.queries = device.createQuerySet({ type: 'timestamp', count: 2 })
    this.stamps = gpu.buffer('timestamps', 16, GPUBufferUsage.QUERY_RESOLVE | GPUBufferUsage.COPY_SRC)
    this.staging = gpu.buffer('read timestamps', 16, GPUBufferUsage.COPY_DST | GPUBufferUsage.MAP_READ)
  }

  /** Times a built Program. Each round runs `beside` too: on a shared machine only times of the same round compare. */
  async time(program: Program, beside: readonly Program[] = []): Promise<Timing> {
    const runs = [program, ...beside]
    const counts: number[] = []
    for (const run of runs) counts.push(await this.countFor(run))
    const times: number[][] = runs.map(() => [])
    for (let round = 0; round < ROUNDS; round++)
      for (const [i, run] of runs.entries()) times[i]!.push((await this.replay(run, counts[i]!)) / counts[i]!)
    const [own, ...others] = times as [number[], ...number[][]]
    const ms = median(own)
    return {
      ms,
      spread: (Math.max(...own) - Math.min(...own)) / ms,
      ratios: others.map(other => median(other.map((time, round) => time / own[round]!))),
    }
  }

  /** How many replays fill a round. */
  private async countFor(program: Program): Promise<number> {
    const once = await this.replay(program, 1) // compiles, on adapters that compile late
    const first = Math.min(once, await this.replay(program, 1))
    return Math.max(1, Math.min(1000, Math.round(this.budget / ROUNDS / first)))
  }

  /** Milliseconds of `count` replays. */
  private async replay(program: Program, count: number): Promise<number> {
    const { device } = this.gpu
    const encoder = device.createCommandEncoder()
    const timestampWrites = this.queries && {
      querySet: this.queries,
      beginningOfPassWriteIndex: 0,
      endOfPassWriteIndex: 1,
    }
    const pass = encoder.beginComputePass({ timestampWrites })
    for (let i = 0; i < count; i++) program.encode(pass)
    pass.end()
    if (this.queries) {
      encoder.resolveQuerySet(this.queries, 0, 2, this.stamps, 0)
      encoder.copyBufferToBuffer(this.stamps, 0, this.staging, 0, 16)
    }
    const now = this.cpuTime ?? (() => performance.now())
    const start = now()
    device.queue.submit([encoder.finish()])
    await device.queue.onSubmittedWorkDone()
    const wall = now() - start
    if (!this.queries || this.cpuTime) return wall
    await this.staging.mapAsync(GPUMapMode.READ)
    const [begin, end] = new BigUint64Array(this.staging.getMappedRange())
    const stamped = Number(end! - begin!) / 1e6
    this.staging.unmap()
    // Timestamps of a pass shorter than their resolution are 0; after a counter's reset they are meaningless.
    return stamped > 0.3 && stamped < wall ? stamped : wall
  }
}
