// `djinn bench`: the kernels measured on this machine through Dawn. The page of `npm run bench` measures the same in a browser, and peers.
import { benchKernels } from '../../bench/kernels.ts'
import type { Row } from '../../bench/report.ts'
import type { Command } from './command.ts'
import { openGpu, precisionOf, precisionOption } from './engine.ts'
import { table } from './table.ts'

export const bench: Command = {
  summary: "Times every kernel in every version on this machine, in per cent of the adapter's own measured peak.",
  usage: ['bench [--full] [--precision f32|f16] [--json]'],
  positionals: [],
  options: {
    full: { help: 'all shapes (S to 4096 tokens, D to 1024), not only those of small worlds' },
    precision: precisionOption,
    json: { help: 'adapter, peak and rows as JSON on standard output' },
  },
  async run(args) {
    const precision = precisionOf(args)
    const isJson = args.flag('json')
    const report = await benchKernels(() => openGpu(precision), {
      full: args.flag('full'),
      budget: 100,
      browser: `Dawn under Node ${process.versions.node}`,
      onRow: ({ kernel, version, shape }) => {
        if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K${kernel} ${version} ${shape}`)
      },
    })
    if (process.stderr.isTTY) process.stderr.write('\r\x1b[K')
    if (isJson) console.log(JSON.stringify({ ...report, peers: [] }, undefined, 2))
    else {
      const { adapter, peak, rows } = report
      console.log(
        `${adapter.name}, ${adapter.precision}: at most ${peak.gflops.toFixed(1)} GFLOP/s and ${peak.gbps.toFixed(1)} GB/s`,
      )
      console.log(
        table(['kernel', 'version', 'shape', 'ms', 'GFLOP/s', 'GB/s', '% of peak', 'spread', ''], rows.map(cells)),
      )
    }
    const wrong = report.rows.filter(({ note }) => note?.startsWith('wrong'))
    if (wrong.length > 0)
      throw new Error(`not what version 1 gives: ${wrong.map(r => `${r.kernel} ${r.version}`).join(', ')}`)
  },
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
