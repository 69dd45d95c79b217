// "Measure": a played frame and the kernels, and peers where they are installed. It shows progress and can be
// stopped; what was measured until then stays, stands beside the reference adapters, and can be copied as Markdown or JSON.

import { benchFrame, type FrameReport, inMemory } from '../src/bench/frame.ts'
import { benchKernels, describe } from '../src/bench/kernels.ts'
import type { PeerRow, Report, Row } from '../src/bench/report.ts'
import { parseConfig } from '../src/families/parse_config.ts'
import { messageOf } from '../src/gpu/errors.ts'
import { Gpu } from '../src/gpu/gpu.ts'
import { duration } from '../src/ui/format.ts'
import { Remaining } from '../src/ui/remaining.ts'
import { readText, urlSource } from '../src/weights/model_source.ts'
import { comparison, HEADINGS, showComparison } from './references.ts'
import { fromLink, linkTo, noResults, sharedText } from './result_link.ts'
import { digits, element, markdownTable, showPeer, showRow, showWorld } from './tables.ts'

/** `peak` is absent where no kernel was measured, `world` where it was stopped before a frame was measured. */
export type BenchReport = Omit<Report, 'peak'> & { peak?: Report['peak']; world?: FrameReport }

export interface Choice {
  /** All shapes. */
  full: boolean
  peers: boolean
  /** Only played frames, beside one peer. */
  play?: boolean
}

const BUDGET = 150 // milliseconds for timing a row

export class MeasurePanel {
  private stopping = new AbortController()
  private report: BenchReport | undefined
  private readonly button = element<HTMLButtonElement>('measure-start')
  private readonly stopButton = element<HTMLButtonElement>('measure-stop')
  private readonly bar = element<HTMLProgressElement>('measure-progress')
  private readonly line = element('measure-line')
  private readonly shared = element('measure-shared')
  private remaining = new Remaining()

  /** @param model the address of the world whose frames are measured */
  constructor(private readonly model: string) {
    this.stopButton.addEventListener('click', () => {
      this.line.textContent = 'Stopping after this one…'
      this.stopping.abort()
    })
    element('measure-markdown').addEventListener('click', () => void this.copy(markdown(this.report!), 'Markdown'))
    element('measure-json').addEventListener(
      'click',
      () => void this.copy(`${JSON.stringify(this.report, undefined, 2)}\n`, 'JSON'),
    )
    element('measure-link').addEventListener('click', async () => {
      const link = await linkTo('measured', this.report!, location.href)
      history.replaceState(undefined, '', link)
      await this.copy(link, 'link')
    })
    this.show(false)
  }

  /** Shows the results in a link's fragment, marked as not measured here. @throws Error when the fragment is cut off or damaged */
  async open(fragment: string): Promise<void> {
    const report = (await fromLink('measured', fragment)) as BenchReport | undefined
    if (!report) return
    try {
      markdown(report)
      if (report.world) showWorld(report.world)
      report.rows.forEach(showRow)
      report.peers.forEach(showPeer)
      this.shared.textContent = sharedText(report.adapter)
      this.report = report
      this.show(false)
    } catch {
      this.report = undefined
      this.clear()
      this.show(false)
      throw noResults('measured')
    }
    this.shared.scrollIntoView()
  }

  private clear(): void {
    this.shared.textContent = ''
    for (const id of ['rows', 'peer-rows', 'profile']) {
      element(id).replaceChildren()
      element(id).closest('section')!.hidden = true
    }
  }

  /** Measures until the end, or until Stop. @throws Error when nothing can be measured */
  async run(choice: Choice): Promise<BenchReport> {
    this.clear()
    // A link's results are no longer those that are shown.
    if (location.hash) history.replaceState(undefined, '', location.pathname + location.search)
    this.stopping = new AbortController()
    this.report = undefined
    this.show(true)
    this.tell(0, 0, 'the adapter')
    try {
      const report = await this.measure(choice)
      const { rows, peers, world } = report
      const isEmpty = rows.length + peers.length === 0 && !world
      if (!isEmpty) this.report = report
      const count = `${rows.length + peers.length} rows${world ? ' and a played frame' : ''} measured.`
      this.line.textContent = this.stopping.signal.aborted
        ? `Stopped: ${isEmpty ? 'nothing was measured yet.' : count}`
        : count
      return report
    } catch (error) {
      this.line.textContent = ''
      throw error
    } finally {
      this.show(false)
    }
  }

  private async measure({ full, peers, play }: Choice): Promise<BenchReport> {
    const { signal } = this.stopping
    const gpu = await Gpu.create()
    const adapter = describe(gpu, navigator.userAgent)
    gpu.dispose()
    const open = () => Gpu.create()
    const source = await inMemory(urlSource(this.model))
    const world = await this.world(source, signal)
    const peerRows: PeerRow[] = []
    const onRow = (row: PeerRow) => {
      peerRows.push(row)
      showPeer(row)
    }
    const report = { adapter, rows: [] as Row[], peers: peerRows, ...(world && { world }) }
    // Peers are packages of this repository's bench/, and not part of a built site.
    if (import.meta.env.DEV && (peers || play) && !signal.aborted) {
      this.tell(0, 0, 'peers')
      const { onnxModels } = await import('./onnx_models.ts')
      const { benchPeers, benchPlay } = await import('./peers.ts')
      const config = parseConfig(await readText(await source.open('config.json')))
      const picture = await fetch(new URL('prompts/meadow.png', this.model))
      const prompt = await createImageBitmap(await picture.blob())
      const models = await onnxModels(source, config)
      const options = { source, prompt, full, budget: BUDGET, models, onRow }
      if (play) {
        await benchPlay(open, options)
        return report
      }
      const { benchTraining } = await import('./training_peers.ts')
      await benchTraining(() => Gpu.create({ precision: 'f32' }), onRow)
      if (!signal.aborted) await benchPeers(open, options)
    }
    if (signal.aborted) return report
    this.remaining = new Remaining()
    const onNext = (done: number, total: number, what: string) => this.tell(done, total, what)
    const onKernel = (row: Row) => showRow(row)
    const options = { full, budget: BUDGET, browser: navigator.userAgent, onNext, onRow: onKernel, signal }
    return { ...report, ...(await benchKernels(open, options)) }
  }

  /** A played frame; undefined where it was stopped before. */
  private async world(source: Parameters<typeof benchFrame>[0], signal: AbortSignal) {
    const onNext = (done: number, total: number, what: string) => this.tell(done, total, what)
    this.remaining = new Remaining()
    try {
      const world = await benchFrame(source, () => Gpu.create(), { onNext, signal })
      showWorld(world)
      return world
    } catch (error) {
      if (signal.aborted) return undefined
      throw error
    }
  }

  /** @param total 0 where it is not known */
  private tell(done: number, total: number, what: string): void {
    if (this.stopping.signal.aborted) return
    if (total > 0) this.bar.value = done / total
    else this.bar.removeAttribute('value')
    const left = total > 0 ? this.remaining.after(done / total) : undefined
    const place = total > 0 ? `${done + 1} of ${total}: ` : ''
    this.line.textContent = `${place}${what}${left === undefined ? '' : `, about ${duration(left)} left`}`
  }

  private show(isRunning: boolean): void {
    this.button.hidden = isRunning
    this.stopButton.hidden = this.bar.hidden = !isRunning
    element('measure-results').hidden = isRunning || !this.report
    showComparison(this.report, this.shared.textContent ? 'from a link' : 'measured here')
  }

  private async copy(text: string, what: string): Promise<void> {
    try {
      await navigator.clipboard.writeText(text)
      this.line.textContent = `The ${what} is on the clipboard.`
    } catch (error) {
      this.line.textContent = `The browser refuses its clipboard: ${messageOf(error)}`
    }
  }
}

/** The report as tables in Markdown. */
function markdown(report: BenchReport): string {
  const { adapter, peak, rows, peers, world } = report
  return [
    `${adapter.name}, ${adapter.precision}, ${adapter.date.slice(0, 10)}, ${adapter.browser}`,
    ...(world ? ['', `A frame of ${world.name}, ${world.steps} steps: ${world.frame.toFixed(1)} ms.`] : []),
    ...(peak ? ['', `Roofline: ${peak.gflops.toFixed(1)} GFLOP/s, ${peak.gbps.toFixed(1)} GB/s.`] : []),
    '',
    ...markdownTable(
      ['kernel', 'variant', 'shape', 'ms', 'GFLOP/s', 'GB/s', '% of roofline'],
      rows.map(row => [
        row.kernel,
        row.version,
        row.shape,
        row.note ?? digits(row.ms, 3),
        digits(row.gflops, 2),
        digits(row.gbps, 2),
        digits(row.ofPeak, 0),
      ]),
    ),
    '',
    ...markdownTable(HEADINGS, comparison(report, 'this report')),
    '',
    ...markdownTable(
      ['what', 'shape', 'peer', 'Djinn, ms', 'peer, ms', 'peer / Djinn'],
      peers.map(p => [p.what, p.shape, p.peer, digits(p.ours, 3), digits(p.theirs, 3), p.note ?? digits(p.ratio, 2)]),
    ),
    '',
  ].join('\n')
}
