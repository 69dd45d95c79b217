// Measures kernels: every variant of each case, checked against the case's first variant before it is timed, and the roofline in
// the same rounds. A row that would take too long is skipped with a note. If the device is lost, that row is skipped and the next uses a new device.

import { messageOf } from '../gpu/errors.ts'
import type { Gpu } from '../gpu/gpu.ts'
import { Program } from '../gpu/program.ts'
import type { Tensor } from '../gpu/tensor.ts'
import { median } from '../statistics.ts'
import { readFloats } from '../weights/read_floats.ts'
import { type BenchCase, benchCases, inputFactory } from './cases.ts'
import { GpuTimer } from './gpu_timer.ts'
import { type AdapterReport, difference, type Peak, type Row } from './report.ts'
import { Roofline } from './roofline.ts'

/** Milliseconds that a dispatch may take by estimate. The estimate is the rate of the variant's last row, or 1 % of the peak. */
const TOO_LONG = 2000
/** Relative to the largest number. 16-bit results are rounded to 11 bits. */
const TOLERANCE = { f32: 1e-4, f16: 2e-2 }
const LIMITS = ['maxBufferSize', 'maxStorageBufferBindingSize', 'maxComputeWorkgroupStorageSize'] as const

interface KernelReport {
  adapter: AdapterReport
  /** The median of the rows' rooflines and of one measured alone, which exists even where no row was timed. */
  peak: Peak
  rows: Row[]
}

interface BenchOptions {
  /** All shapes, not only those of small worlds. */
  full: boolean
  /** Milliseconds for timing a row. */
  budget: number
  browser: string
  /** As GpuTimer takes it. */
  cpuTime?: () => number
  /** Called before each row is measured. */
  onNext?: (done: number, total: number, what: string) => void
  onRow?: (row: Row) => void
  /** Ends the measurement after the current row. */
  signal?: AbortSignal | undefined
}

/**
 * @param open returns a new device: the first, and another after one is lost
 * @returns what was measured, until the end or until `signal` aborted
 */
export async function benchKernels(
  open: () => Promise<Gpu>,
  options: BenchOptions,
  cases = benchCases(options.full),
): Promise<KernelReport> {
  let gpu = await open()
  const adapter = describe(gpu, options.browser)
  const total = cases.reduce((sum, { variants }) => sum + Object.keys(variants).length, 0)
  options.onNext?.(0, total, 'the adapter’s roofline')
  let roofline = await Roofline.create(gpu, options.budget, options.cpuTime)
  const rows: Row[] = []
  const rates = new Map<string, number>() // FLOPs per millisecond by variant
  let first = 0 // row of a case
  for (const benchCase of cases) {
    const at = first
    first += Object.keys(benchCase.variants).length
    const onVariant = (i: number, variant: string) =>
      options.onNext?.(at + i, total, `${benchCase.kernel} ${variant}, ${benchCase.shape}`)
    for await (const row of measureCase(gpu, benchCase, roofline, rates, onVariant, options)) {
      rows.push(row)
      options.onRow?.(row)
      if (row.ms !== null || !(await isLost(gpu))) continue
      gpu = await open()
      roofline = await Roofline.create(gpu, options.budget, options.cpuTime)
      break
    }
  }
  gpu.dispose()
  const peaks = [roofline.peak, ...rows.flatMap(({ peak }) => peak ?? [])]
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

/** One row per variant. */
async function* measureCase(
  gpu: Gpu,
  benchCase: BenchCase,
  roofline: Roofline,
  rates: Map<string, number>,
  onVariant: (index: number, variant: string) => void,
  { budget, cpuTime, signal }: BenchOptions,
): AsyncGenerator<Row> {
  const { kernel, shape, flops } = benchCase
  let first: Float32Array | undefined
  for (const [index, [variant, required]] of Object.entries(benchCase.variants).entries()) {
    if (signal?.aborted) return
    onVariant(index, variant)
    const row: Row = {
      kernel,
      version: variant,
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
    if (required && !gpu.supports(required)) {
      yield skip(`this device does not support ${required}`)
      continue
    }
    const name = `${kernel} ${variant}`
    const estimate = flops / (rates.get(name) ?? roofline.peak.gflops * 1e4)
    if (estimate > TOO_LONG) {
      yield skip(`skipped: a dispatch would take about ${(estimate / 1000).toFixed(1)} s`)
      continue
    }
    const made: Tensor[] = []
    try {
      gpu.variants.set(kernel, variant)
      const { program, output } = record(gpu, benchCase, made)
      await program.build()
      program.run()
      const values = await readFloats(gpu, output)
      await gpu.throwPendingError()
      first ??= values
      const isCorrect = difference(values, first) <= TOLERANCE[gpu.precision]
      if (!isCorrect) {
        yield skip(
          `wrong: differs from the first variant by ${difference(values, first).toExponential(1)} of the largest number`,
        )
        continue
      }
      const timing = await new GpuTimer(gpu, budget, cpuTime).time(program, roofline.programs)
      const { ms, spread } = timing
      rates.set(name, flops / ms)
      yield { ...row, correct: true, spread, ms, ...roofline.rates(benchCase, timing, gpu.precision === 'f16' ? 2 : 4) }
    } catch (error) {
      yield skip(messageOf(error))
    } finally {
      gpu.variants.delete(kernel)
      gpu.free(...made)
    }
  }
}

/** A Program of one case, with an output that can be read. Adds the tensors it makes to `made`. */
export function record(gpu: Gpu, benchCase: BenchCase, made: Tensor[]): { program: Program; output: Tensor } {
  const program = new Program(gpu, benchCase.kernel)
  const output = benchCase.record(program, inputFactory(gpu, made))
  if (output.isIntermediate) made.push(program.output(output))
  return { program, output }
}

/** Waits 100 ms: `gpu.lost` resolves a little after the call that failed. */
const isLost = (gpu: Gpu): Promise<boolean> =>
  Promise.race([gpu.lost.then(() => true), new Promise<boolean>(resolve => setTimeout(() => resolve(false), 100))])
