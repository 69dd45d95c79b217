// Measures the kernels: every version of every subject, each held to version 1 before it is timed, and beside it, in the same rounds, what
// the adapter can do at all. A row that would take too long is skipped and says so; a lost device costs the row that lost it.

import { ARITHMETIC_FLOPS, peakArithmetic, peakCopy } from '../kernels/peak.ts'
import type { Gpu } from '../src/gpu/gpu.ts'
import { Program } from '../src/gpu/program.ts'
import type { Tensor } from '../src/gpu/tensor.ts'
import { toFloat32 } from '../src/weights/floats.ts'
import { type AdapterReport, difference, median, type Peak, type Row } from './report.ts'
import { Stopwatch, type Timing } from './stopwatch.ts'
import { maker, type Subject, subjects } from './subjects.ts'

/** How long a row may take by estimate, in milliseconds a dispatch; the estimate is what the kernel took before, scaled. */
const TOO_LONG = 2000
/** Of the largest number. 16-bit results are rounded to 11 bits; linear_half also sums four in 16 bits. */
const TOLERANCE = { f32: 1e-4, f16: 2e-2 }
const LIMITS = ['maxBufferSize', 'maxStorageBufferBindingSize', 'maxComputeWorkgroupStorageSize'] as const

export interface KernelReport {
  adapter: AdapterReport
  /** The median of the rows', and of one measured alone: there is one even where no row was timed. */
  peak: Peak
  rows: Row[]
}

export interface BenchOptions {
  /** All shapes, not only those of small worlds. */
  full: boolean
  /** Milliseconds that timing a row may take. */
  budget: number
  browser: string
  /** As Stopwatch takes it. */
  processor?: () => number
  onRow?: (row: Row) => void
}

/** @param open gives a device, and another one when that is lost */
export async function benchKernels(
  open: () => Promise<Gpu>,
  options: BenchOptions,
  measured = subjects(options.full),
): Promise<KernelReport> {
  let gpu = await open()
  const adapter = describe(gpu, options.browser)
  let yardsticks = await Yardsticks.create(gpu, options)
  const rows: Row[] = []
  const rates = new Map<string, number>() // operations a millisecond of a version
  for (const subject of measured)
    for await (const row of measureSubject(gpu, subject, yardsticks, rates, options)) {
      rows.push(row)
      options.onRow?.(row)
      if (row.ms !== null || !(await isLost(gpu))) continue
      gpu = await open()
      yardsticks = await Yardsticks.create(gpu, options)
      break
    }
  gpu.dispose()
  const peaks = [yardsticks.peak, ...rows.flatMap(({ peak }) => peak ?? [])]
  return { adapter, peak: { gflops: median(peaks.map(p => p.gflops)), gbps: median(peaks.map(p => p.gbps)) }, rows }
}

export function describe(gpu: Gpu, browser: string): AdapterReport {
  const { features, limits } = gpu.device
  return {
    name: gpu.adapterName,
    browser,
    precision: gpu.precision,
    date: new Date().toISOString(),
    features: [...features].toSorted(),
    limits: Object.fromEntries(LIMITS.map(name => [name, limits[name]])),
  }
}

/** What an adapter computes and copies at most, to hold others to. */
class Yardsticks {
  private constructor(
    /** Arithmetic, then copying. */
    readonly programs: readonly [Program, Program],
    private readonly flops: number,
    private readonly bytes: number,
    /** By themselves, before there is anything to hold to them. */
    readonly peak: Peak,
  ) {}

  static async create(gpu: Gpu, { budget, processor }: BenchOptions): Promise<Yardsticks> {
    const THREADS = 4096
    const rounds = gpu.isSoftware ? 256 : 16384
    const elements = (gpu.isSoftware ? 1 : 16) << 20
    const arithmetic = new Program(gpu, 'peak arithmetic')
    peakArithmetic(arithmetic, gpu.tensor('peak', [THREADS], 'f32'), rounds)
    const copying = new Program(gpu, 'peak copy')
    peakCopy(copying, gpu.tensor('source', [elements], 'f32'), gpu.tensor('copy', [elements], 'f32'))
    const programs = [await arithmetic.build(), await copying.build()] as const
    const flops = THREADS * rounds * ARITHMETIC_FLOPS
    const bytes = 8 * elements
    const { ms, ratios } = await new Stopwatch(gpu, budget, processor).time(arithmetic, [copying])
    const peak = { gflops: flops / ms / 1e6, gbps: bytes / (ms * ratios[0]!) / 1e6 }
    return new Yardsticks(programs, flops, bytes, peak)
  }

  /** What a subject reaches, and of what, by a timing beside them. */
  rate({ flops, elements }: Subject, { ms, ratios: [computing, copying] }: Timing, elementBytes: number) {
    const bytes = elements * elementBytes
    const gflops = flops / ms / 1e6
    const gbps = bytes / ms / 1e6
    const peak = { gflops: this.flops / (ms * computing!) / 1e6, gbps: this.bytes / (ms * copying!) / 1e6 }
    return { gflops, gbps, peak, ofPeak: 100 * Math.max(gflops / peak.gflops, gbps / peak.gbps) }
  }
}

/** Every version of a subject. */
async function* measureSubject(
  gpu: Gpu,
  subject: Subject,
  yardsticks: Yardsticks,
  rates: Map<string, number>,
  { budget, processor }: BenchOptions,
): AsyncGenerator<Row> {
  const { kernel, shape, flops } = subject
  let first: Float32Array | undefined
  for (const [version, needs] of Object.entries(subject.versions)) {
    const row: Row = {
      kernel,
      version,
      shape,
      ms: null,
      gflops: null,
      gbps: null,
      peak: null,
      ofPeak: null,
      correct: false,
      spread: null,
    }
    const skip = (note: string): Row => ({ ...row, note })
    if (needs && !gpu.has(needs)) {
      yield skip(`this device has no ${needs}`)
      continue
    }
    const name = `${kernel} ${version}`
    const estimate = flops / (rates.get(name) ?? yardsticks.peak.gflops * 1e4)
    if (estimate > TOO_LONG) {
      yield skip(`skipped: it would take about ${(estimate / 1000).toFixed(1)} s a dispatch`)
      continue
    }
    const made: Tensor[] = []
    try {
      gpu.versions.set(kernel, version)
      const { program, output } = record(gpu, subject, made)
      await program.build()
      program.run()
      const values = await numbers(gpu, output)
      await gpu.check()
      first ??= values
      const isCorrect = difference(values, first) <= TOLERANCE[gpu.precision]
      if (!isCorrect) {
        yield skip(`wrong: off by ${difference(values, first).toExponential(1)} of the largest number`)
        continue
      }
      const timing = await new Stopwatch(gpu, budget, processor).time(program, yardsticks.programs)
      const { ms, spread } = timing
      rates.set(name, flops / ms)
      yield { ...row, correct: true, spread, ms, ...yardsticks.rate(subject, timing, gpu.precision === 'f16' ? 2 : 4) }
    } catch (error) {
      yield skip(error instanceof Error ? error.message : String(error))
    } finally {
      gpu.versions.delete(kernel)
      gpu.free(...made)
    }
  }
}

/** A Program of the subject alone, whose output can be read. */
export function record(gpu: Gpu, subject: Subject, made: Tensor[]): { program: Program; output: Tensor } {
  const program = new Program(gpu, subject.kernel)
  const output = subject.record(program, maker(gpu, made))
  if (output.isPlanned) {
    const own = gpu.tensor('output', output.shape, output.type)
    output.assign(own.buffer)
    made.push(own)
  }
  return { program, output }
}

/** A tensor's numbers, whatever their type. */
export async function numbers(gpu: Gpu, t: Tensor): Promise<Float32Array> {
  const data = new Uint8Array(await gpu.read(t))
  if (t.type === 'i32' || t.type === 'u32') return Float32Array.from(new Int32Array(data.buffer).subarray(0, t.length))
  const dtype = t.type === 'f16' ? 'F16' : 'F32'
  return toFloat32({ dtype, shape: [], data }, t.label).subarray(0, t.length)
}

/** A loss is heard of a little after what failed by it. */
const isLost = (gpu: Gpu): Promise<boolean> =>
  Promise.race([gpu.lost.then(() => true), new Promise<boolean>(resolve => setTimeout(() => resolve(false), 100))])
