// How long a Program takes on the GPU. It is replayed many times in one pass, because Chrome rounds timestamps to 0.1 ms: a
// warm-up finds out how often, then the median of several rounds counts. Where there are no timestamps, the wall clock from
// submit to done does. Where a CPU plays the GPU in this very process, its processor time can stand in for either: other work on the
// machine then does not count.

import type { Gpu } from '../src/gpu/gpu.ts'
import type { Program } from '../src/gpu/program.ts'
import { median } from './report.ts'

export interface Timing {
  ms: number
  /** (slowest - quickest) / median. */
  spread: number
  /** How many times as long each of those that were timed beside it takes: the median of the rounds. */
  ratios: number[]
}

const ROUNDS = 7

export class Stopwatch {
  private readonly queries: GPUQuerySet | undefined
  private readonly stamps: GPUBuffer
  private readonly staging: GPUBuffer

  /**
   * @param budget milliseconds that a measurement may take, once warm
   * @param processor milliseconds that this process has computed so far, over the number of its cores
   */
  constructor(
    private readonly gpu: Gpu,
    private readonly budget: number,
    private readonly processor?: () => number,
  ) {
    const { device } = gpu
    if (device.features.has('timestamp-query')) this.queries = device.createQuerySet({ type: 'timestamp', count: 2 })
    this.stamps = gpu.buffer('timestamps', 16, GPUBufferUsage.QUERY_RESOLVE | GPUBufferUsage.COPY_SRC)
    this.staging = gpu.buffer('read timestamps', 16, GPUBufferUsage.COPY_DST | GPUBufferUsage.MAP_READ)
  }

  /** A built Program; in every round `beside` too, because a shared machine's clock wanders, and only neighbours compare. */
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

  /** Replays that fill a round. */
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
    const now = this.processor ?? (() => performance.now())
    const start = now()
    device.queue.submit([encoder.finish()])
    await device.queue.onSubmittedWorkDone()
    const wall = now() - start
    if (!this.queries || this.processor) return wall
    await this.staging.mapAsync(GPUMapMode.READ)
    const [begin, end] = new BigUint64Array(this.staging.getMappedRange())
    const stamped = Number(end! - begin!) / 1e6
    this.staging.unmap()
    // A pass shorter than the clock's step reads 0, or nonsense after a counter's reset.
    return stamped > 0.3 && stamped < wall ? stamped : wall
  }
}
