// `djinn bench`: measures kernels on this machine through Dawn. The page of `npm run bench` measures the same in a browser, and
// other libraries.
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { cpus } from 'node:os'
import { adapterFile, measureCost, measureWorld } from '../../bench/cost.ts'
import { benchFrame, type FrameReport } from '../../bench/frame.ts'
import { benchKernels } from '../../bench/kernels.ts'
import type { Row } from '../../bench/report.ts'
import { measureScaling } from '../../bench/scaling.ts'
import { parseConfig } from '../../families/parse_config.ts'
import type { Gpu } from '../../gpu/gpu.ts'
import { readText } from '../../weights/model_source.ts'
import { type Command, UsageError } from '../arguments.ts'
import { directorySource } from '../model_files.ts'
import { openGpu, precisionOf, precisionOption } from '../open_gpu.ts'
import { bytesText, table } from '../table.ts'
import { writeWhole } from '../whole_file.ts'

export const bench: Command = {
  summary:
    'Times ten operations of play in each of their variants on this machine, beside the measured roofline of the adapter.',
  usage: [
    'bench [--full] [--model MODEL_DIR] [--scaling] [--precision f32|f16] [--json]',
    'bench --adapter FILE --model MODEL_DIR [--precision f32|f16]',
  ],
  positionals: [],
  options: {
    full: { help: 'all shapes (S to 4096 tokens, D to 1024), not only those of small worlds' },
    model: { value: 'MODEL_DIR', help: 'also a played frame of this model, and the time of each kernel in it' },
    scaling: { help: 'also time and memory of a frame against tokens, window, frames played and parameters' },
    adapter: { value: 'FILE', help: 'only the cost model of this adapter, written as a file of src/world/adapters' },
    precision: precisionOption,
    json: { help: 'the report as JSON on standard output' },
  },
  async run(args) {
    const cpuTime = adapterCpuTime()
    const precision = precisionOf(args)
    const isJson = args.flag('json')
    const directory = args.text('model')
    const file = args.text('adapter')
    if (file !== undefined) {
      if (!directory) throw new UsageError('--adapter needs --model: the model that the prediction is compared with')
      return writeAdapter(file, await openGpu(precision), directory, cpuTime)
    }
    // Measured before the kernels and without Mesa's disk cache, so that the first frame compiles everything.
    if (directory) process.env.MESA_SHADER_CACHE_DISABLE ??= 'true'
    const world = directory && (await benchFrame(directorySource(directory), () => openGpu(precision)))
    const scaling = args.flag('scaling') && (await measureScaling(await openGpu(precision)))
    const probe = await openGpu(precision)
    const { isSoftwareAdapter } = probe
    probe.dispose()
    const report = await benchKernels(() => openGpu(precision), {
      cpuTime: isSoftwareAdapter ? cpuTime : undefined,
      full: args.flag('full'),
      budget: 100,
      browser: programOf(isSoftwareAdapter),
      onRow: ({ kernel, version, shape }) => {
        if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K${kernel} ${version} ${shape}`)
      },
    })
    if (process.stderr.isTTY) process.stderr.write('\r\x1b[K')
    if (isJson)
      console.log(
        JSON.stringify(
          { ...report, peers: [], ...(world && { world }), ...(scaling && { curves: scaling }) },
          undefined,
          2,
        ),
      )
    else {
      const { adapter, peak, rows } = report
      console.log(
        `${adapter.name}, ${adapter.precision}: roofline ${peak.gflops.toFixed(1)} GFLOP/s, ${peak.gbps.toFixed(1)} GB/s`,
      )
      if (world) console.log(frameText(world))
      for (const [what, points] of Object.entries(scaling || {})) {
        const rows = points.map(({ x, ms, bytes }) => [`${x}`, ms.toFixed(1), bytesText(bytes)])
        console.log(`${table([what, 'ms per frame', 'on the GPU'], rows)}\n`)
      }
      console.log(
        table(['kernel', 'variant', 'shape', 'ms', 'GFLOP/s', 'GB/s', '% of roofline', 'spread', ''], rows.map(cells)),
      )
    }
    const wrong = report.rows.filter(({ note }) => note?.startsWith('wrong'))
    if (wrong.length > 0)
      throw new Error(
        `these variants differ from the first variant of their kernel: ${wrong.map(r => `${r.kernel} ${r.version}`).join(', ')}`,
      )
  },
}

/** Measures frames of many sizes, and writes the adapter's file. */
async function writeAdapter(file: string, gpu: Gpu, directory: string, elapsed: () => number): Promise<void> {
  const { adapterName, precision, isSoftwareAdapter } = gpu
  const cpuTime = isSoftwareAdapter ? elapsed : undefined
  const config = parseConfig(await readText(await directorySource(directory).open('config.json')))
  const points = await measureCost(gpu, {
    cpuTime,
    onPoint: (done, total) => {
      if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K${done} of ${total} sizes`)
    },
  })
  const world = { config, ms: await measureWorld(gpu, config, cpuTime) }
  gpu.dispose()
  const about = { name: adapterName, browser: programOf(isSoftwareAdapter), precision, date: new Date().toISOString() }
  const adapter = adapterFile(about, points, world)
  await writeWhole(file, `${JSON.stringify(adapter, undefined, 2)}\n`)
  console.log(
    `${file}: ${points.length} sizes; the model's error is ${(100 * adapter.error.median).toFixed(0)} % in the median`,
  )
}

const programOf = (isSoftwareAdapter: boolean) =>
  `Dawn under Node ${process.versions.node}${isSoftwareAdapter ? `, times are CPU time over ${cpus().length} cores` : ''}`

const THREADS = '/proc/self/task'

/**
 * The CPU time of the threads that start after this call, which are those of a software adapter: milliseconds over the number
 * of cores. Where there is no /proc, the CPU time of all threads.
 */
function adapterCpuTime(): () => number {
  if (!existsSync(THREADS))
    return () => {
      const { user, system } = process.cpuUsage()
      return (user + system) / 1000 / cpus().length
    }
  const others = new Set(readdirSync(THREADS))
  return () => {
    let nanoseconds = 0
    for (const thread of readdirSync(THREADS)) if (!others.has(thread)) nanoseconds += threadTime(thread)
    return nanoseconds / 1e6 / cpus().length
  }
}

/** Nanoseconds; 0 for a thread that has just ended. */
function threadTime(thread: string): number {
  try {
    return Number(readFileSync(`${THREADS}/${thread}/schedstat`, 'utf8').split(' ')[0])
  } catch {
    return 0
  }
}

function frameText({ name, frame, javascript, firstFrame, profile }: FrameReport): string {
  const rows = profile.map(({ kernel, ms, dispatches }) => [kernel, `${dispatches}`, ms.toFixed(1)])
  const times = `${frame.toFixed(0)} ms per frame, ${javascript.toFixed(2)} ms of it JavaScript; the first frame ${firstFrame.toFixed(0)} ms after the weights were in memory`
  return `${name}: ${times}\n${table(['kernel', 'dispatches', 'ms'], rows)}\n`
}

function cells({ kernel, version, shape, ms, gflops, gbps, ofPeak, spread, note }: Row): string[] {
  const number = (x: number | null, digits: number) => x?.toFixed(digits) ?? ''
  const share = spread === null ? '' : `±${(50 * spread).toFixed(0)} %`
  return [
    kernel,
    version,
    shape,
    number(ms, 3),
    number(gflops, 2),
    number(gbps, 2),
    number(ofPeak, 0),
    share,
    note ?? '',
  ]
}
