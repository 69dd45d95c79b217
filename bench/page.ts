// The benchmark's page: measures on this browser's adapter and shows tables. With `?run` in the address it starts by itself;
// `npm run bench -- --headless` opens it so and waits for `window.bench`.

import { benchFrame, type FrameReport, inMemory } from '../src/bench/frame.ts'
import { benchKernels, describe } from '../src/bench/kernels.ts'
import type { PeerRow, Report, Row } from '../src/bench/report.ts'
import { Gpu } from '../src/gpu/gpu.ts'
import { parseConfig } from '../src/model/config.ts'
import { validate } from '../src/validation/validate.ts'
import { readText, urlSource } from '../src/weights/model_source.ts'
import { openAdapterPanel } from './adapter_panel.ts'
import { onnxModels } from './onnx_models.ts'
import { benchPeers, benchPlay } from './peers.ts'
import { benchTraining } from './training_peers.ts'

declare global {
  interface Window {
    /** The report once all is measured; rejects with the first error. */
    bench?: Promise<BenchReport>
  }
}

/** `peak` is absent where no kernel was measured. */
type BenchReport = Omit<Report, 'peak'> & { peak?: Report['peak']; world: FrameReport }

interface Choice {
  full: boolean
  peers: boolean
  /** Only played frames, beside one peer. */
  play?: boolean
}

const WORLD = '/weights/platformer/'
const BUDGET = 150 // milliseconds for timing a row

const element = (id: string) => document.getElementById(id)!
const open = () => Gpu.create()

async function measure({ full, peers, play }: Choice): Promise<BenchReport> {
  const source = await inMemory(urlSource(WORLD))
  const world = await benchFrame(source, open)
  showWorld(world)
  const peerRows: PeerRow[] = []
  const onRow = (row: PeerRow) => {
    peerRows.push(row)
    showPeer(row)
  }
  if (peers || play) {
    const config = parseConfig(await readText(await source.open('config.json')))
    const options = { source, full, budget: BUDGET, models: await onnxModels(source, config), onRow }
    if (play) {
      await benchPlay(open, options)
      const gpu = await open()
      const adapter = describe(gpu, navigator.userAgent)
      gpu.dispose()
      return { adapter, rows: [], peers: peerRows, world }
    }
    await benchTraining(() => Gpu.create({ precision: 'f32' }), onRow)
    await benchPeers(open, options)
  }
  const report = await benchKernels(open, { full, budget: BUDGET, browser: navigator.userAgent, onRow: showRow })
  return { ...report, peers: peerRows, world }
}

const digits = (x: number | null | undefined, count: number) => x?.toFixed(count) ?? ''

/** Logs a measurement to the console. */
const log = (what: string, ms: number | null, note?: string) => console.debug(what, ms?.toFixed(3) ?? '', note ?? '')

/** Adds a row to a table body and shows its section. */
function addRow(body: string, cells: (string | HTMLElement)[]): void {
  const row = (element(body) as HTMLTableSectionElement).insertRow()
  for (const cell of cells) row.insertCell().append(cell)
  row.closest('section')!.hidden = false
}

function bar(value: number | null, note?: string): HTMLElement | string {
  if (value === null) return note ?? ''
  const meter = document.createElement('meter')
  Object.assign(meter, { max: 100, value, title: `${value.toFixed(0)} %` })
  const cell = document.createElement('span')
  cell.append(meter, ` ${value.toFixed(0)} %`)
  return cell
}

function showRow({ kernel, version, shape, ms, gflops, gbps, peak, ofPeak, spread, note }: Row): void {
  log(`${kernel} ${version} ${shape}`, ms, note)
  if (peak) element('peak').textContent = `${peak.gflops.toFixed(1)} GFLOP/s, ${peak.gbps.toFixed(1)} GB/s.`
  const time = spread === null ? '' : `${digits(ms, 3)} ±${(50 * spread).toFixed(0)} %`
  addRow('rows', [kernel, version, shape, time, digits(gflops, 2), digits(gbps, 2), bar(ofPeak, note)])
}

function showPeer({ what, shape, peer, ours, theirs, ratio, note }: PeerRow): void {
  log(`${what} ${shape}, ${peer}: ${digits(ratio, 2)} ×`, theirs, note)
  addRow('peer-rows', [
    what,
    shape,
    peer,
    digits(ours, 3),
    digits(theirs, 3),
    ratio === null ? (note ?? '') : digits(ratio, 2),
  ])
}

function showWorld({ name, steps, frame, javascript, firstFrame, profile }: FrameReport): void {
  log(`${name}, first frame after ${firstFrame.toFixed(0)} ms; a frame`, frame)
  element('frame').textContent =
    `${name}, ${steps} steps: ${frame.toFixed(0)} ms, of which ${javascript.toFixed(2)} ms JavaScript; the first frame ${(firstFrame / 1000).toFixed(1)} s after its weights were in memory.`
  const total = profile.reduce((sum, { ms }) => sum + ms, 0)
  for (const { kernel, ms, dispatches } of profile)
    addRow('profile', [kernel, `${dispatches} dispatches`, `${ms.toFixed(1)} ms`, bar((100 * ms) / total)])
  element('world').hidden = false
}

function start(choice: Choice): void {
  for (const id of ['rows', 'peer-rows', 'profile']) element(id).replaceChildren()
  window.bench = measure(choice)
  window.bench.then(
    report => {
      const link = element('json') as HTMLAnchorElement
      link.href = URL.createObjectURL(new Blob([JSON.stringify(report, undefined, 2)], { type: 'application/json' }))
      link.hidden = false
    },
    (error: unknown) => showError(error),
  )
}

function showError(error: unknown): void {
  element('error').textContent = error instanceof Error ? error.message : String(error)
  element('error').hidden = false
}

async function showValidation(model: string, bundle: string): Promise<void> {
  element('outputs').replaceChildren()
  element('verdict').textContent = 'computing…'
  const source = urlSource(model)
  const config = parseConfig(await readText(await source.open('config.json')))
  const gpu = await Gpu.create({ precision: 'f32' })
  const at = bundle.lastIndexOf('/')
  const reference = await urlSource(bundle.slice(0, at)).open(bundle.slice(at + 1))
  const rows = await validate(gpu, config, file => source.open(file), reference)
  for (const { output, count, worst, mean, differing, excused, holds } of rows) {
    const error = (x?: number) => x?.toExponential(1) ?? ''
    const counts = [differing, excused].map(x => `${x ?? ''}`)
    addRow('outputs', [output, `${count}`, error(worst), error(mean), ...counts, holds ? 'holds' : 'FAILS'])
  }
  element('verdict').textContent = rows.every(row => row.holds) ? 'All of it holds.' : 'Not within tolerance.'
  gpu.dispose()
}

element('measure').addEventListener('submit', event => {
  event.preventDefault()
  const data = new FormData(event.target as HTMLFormElement)
  start({ full: data.has('full'), peers: data.has('peers') })
})
element('validate').addEventListener('submit', event => {
  event.preventDefault()
  const data = new FormData(event.target as HTMLFormElement)
  showValidation(`${data.get('model')}`, `${data.get('bundle')}`).catch(showError)
})

await openAdapterPanel(WORLD)

try {
  const gpu = await open()
  const { name, precision, features } = describe(gpu, navigator.userAgent)
  element('adapter').textContent = `${name}, ${precision}; ${features.join(', ')}. ${navigator.userAgent}`
  gpu.dispose()
  const address = new URLSearchParams(location.search)
  if (address.has('run')) start({ full: address.has('full'), peers: address.has('peers'), play: address.has('play') })
} catch (error) {
  showError(error)
  window.bench = Promise.reject(error)
}
