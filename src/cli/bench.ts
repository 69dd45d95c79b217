// `djinn bench`: the kernels measured on this machine through Dawn. The page of `npm run bench` measures the same in a browser, and peers.
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { cpus } from 'node:os'
import { costCurves } from '../../bench/curves.ts'
import { benchKernels } from '../../bench/kernels.ts'
import type { Row } from '../../bench/report.ts'
import { benchWorld, type WorldReport } from '../../bench/world.ts'
import type { Command } from './arguments.ts'
import { directorySource } from './model_files.ts'
import { openGpu, precisionOf, precisionOption } from './open_gpu.ts'
import { bytesText, table } from './table.ts'

export const bench: Command = {
  summary: "Times every kernel in every version on this machine, in per cent of the adapter's own measured peak.",
  usage: ['bench [--full] [--world MODEL_DIR] [--curves] [--precision f32|f16] [--json]'],
  positionals: [],
  options: {
    full: { help: 'all shapes (S to 4096 tokens, D to 1024), not only those of small worlds' },
    world: { value: 'MODEL_DIR', help: 'a played frame of it too: time, and where it goes' },
    curves: { help: 'what a frame costs against tokens, window, history and parameters too' },
    precision: precisionOption,
    json: { help: 'adapter, peak and rows as JSON on standard output' },
  },
  async run(args) {
    const processorTime = processorClock()
    const precision = precisionOf(args)
    const isJson = args.flag('json')
    const directory = args.text('world')
    // Before the kernels: a first frame is to find nothing compiled, not even on Mesa's disk.
    if (directory) process.env.MESA_SHADER_CACHE_DISABLE ??= 'true'
    const world = directory && (await benchWorld(directorySource(directory), () => openGpu(precision)))
    const curves = args.flag('curves') && (await costCurves(await openGpu(precision)))
    // The processor time of this process is that of the adapter where a CPU plays the GPU.
    const probe = await openGpu(precision)
    const { isSoftwareAdapter } = probe
    probe.dispose()
    const report = await benchKernels(() => openGpu(precision), {
      processor: isSoftwareAdapter ? processorTime : undefined,
      full: args.flag('full'),
      budget: 100,
      browser: `Dawn under Node ${process.versions.node}${isSoftwareAdapter ? `, times are processor time over ${cpus().length} cores` : ''}`,
      onRow: ({ kernel, version, shape }) => {
        if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K${kernel} ${version} ${shape}`)
      },
    })
    if (process.stderr.isTTY) process.stderr.write('\r\x1b[K')
    if (isJson)
      console.log(
        JSON.stringify({ ...report, peers: [], ...(world && { world }), ...(curves && { curves }) }, undefined, 2),
      )
    else {
      const { adapter, peak, rows } = report
      console.log(
        `${adapter.name}, ${adapter.precision}: at most ${peak.gflops.toFixed(1)} GFLOP/s and ${peak.gbps.toFixed(1)} GB/s`,
      )
      if (world) console.log(worldText(world))
      for (const [what, points] of Object.entries(curves || {})) {
        const rows = points.map(({ x, ms, bytes }) => [`${x}`, ms.toFixed(1), bytesText(bytes)])
        console.log(`${table([what, 'ms a frame', 'on the GPU'], rows)}\n`)
      }
      console.log(
        table(['kernel', 'version', 'shape', 'ms', 'GFLOP/s', 'GB/s', '% of peak', 'spread', ''], rows.map(cells)),
      )
    }
    const wrong = report.rows.filter(({ note }) => note?.startsWith('wrong'))
    if (wrong.length > 0)
      throw new Error(`not what version 1 gives: ${wrong.map(r => `${r.kernel} ${r.version}`).join(', ')}`)
  },
}

const THREADS = '/proc/self/task'

/**
 * A clock of the threads that start from now on, those of a CPU that plays the GPU, as if they shared the cores evenly: milliseconds.
 * Where /proc does not tell them apart, of all threads.
 */
function processorClock(): () => number {
  if (!existsSync(THREADS))
    return () => {
      const { user, system } = process.cpuUsage()
      return (user + system) / 1000 / cpus().length
    }
  const others = new Set(readdirSync(THREADS))
  return () => {
    let nanoseconds = 0
    for (const thread of readdirSync(THREADS)) if (!others.has(thread)) nanoseconds += computedBy(thread)
    return nanoseconds / 1e6 / cpus().length
  }
}

/** Nanoseconds; none of a thread that has just ended, as those of a lost device do. */
function computedBy(thread: string): number {
  try {
    return Number(readFileSync(`${THREADS}/${thread}/schedstat`, 'utf8').split(' ')[0])
  } catch {
    return 0
  }
}

function worldText({ name, frame, javascript, firstFrame, profile }: WorldReport): string {
  const rows = profile.map(({ kernel, ms, dispatches }) => [kernel, `${dispatches}`, ms.toFixed(1)])
  const times = `${frame.toFixed(0)} ms a frame, ${javascript.toFixed(2)} ms of it JavaScript, the first ${firstFrame.toFixed(0)} ms after the weights`
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
