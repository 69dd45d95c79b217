// The roofline of an adapter: the arithmetic and the bandwidth that two kernels reach, multiply-adds in registers and a copy.
// It is not an upper limit: a row may exceed 100 % of it.

import { ARITHMETIC_FLOPS, peakArithmetic, peakCopy } from '../../kernels/roofline/roofline.ts'
import type { Gpu } from '../gpu/gpu.ts'
import { Program } from '../gpu/program.ts'
import type { BenchCase } from './cases.ts'
import { GpuTimer, type Timing } from './gpu_timer.ts'
import type { Peak } from './report.ts'

const THREADS = 4096

export class Roofline {
  private constructor(
    /** To be timed in the same rounds as a case: the arithmetic, then the copy. */
    readonly programs: readonly [Program, Program],
    private readonly flops: number,
    private readonly bytes: number,
    /** As measured alone, before any case. */
    readonly peak: Peak,
  ) {}

  /** @param budget milliseconds for the measurement; @param cpuTime as GpuTimer takes it */
  static async create(gpu: Gpu, budget: number, cpuTime?: () => number): Promise<Roofline> {
    const rounds = gpu.isSoftwareAdapter ? 256 : 16384
    const elements = (gpu.isSoftwareAdapter ? 1 : 16) << 20
    const arithmetic = new Program(gpu, 'peak arithmetic')
    peakArithmetic(arithmetic, gpu.tensor('peak', [THREADS], 'f32'), rounds)
    const copying = new Program(gpu, 'peak copy')
    peakCopy(copying, gpu.tensor('source', [elements], 'f32'), gpu.tensor('copy', [elements], 'f32'))
    const programs = [await arithmetic.build(), await copying.build()] as const
    const flops = THREADS * rounds * ARITHMETIC_FLOPS
    const bytes = 8 * elements
    const { ms, ratios } = await new GpuTimer(gpu, budget, cpuTime).time(arithmetic, [copying])
    const peak = { gflops: flops / ms / 1e6, gbps: bytes / (ms * ratios[0]!) / 1e6 }
    return new Roofline(programs, flops, bytes, peak)
  }

  /** The rates of a case, and its share of the roofline, from a timing beside `programs`. */
  rates({ flops, elements }: BenchCase, { ms, ratios: [arithmetic, copy] }: Timing, elementBytes: number) {
    const gflops = flops / ms / 1e6
    const gbps = (elements * elementBytes) / ms / 1e6
    const peak = { gflops: this.flops / (ms * arithmetic!) / 1e6, gbps: this.bytes / (ms * copy!) / 1e6 }
    return { gflops, gbps, peak, ofPeak: 100 * Math.max(gflops / peak.gflops, gbps / peak.gbps) }
  }
}
