// "How large a world can this machine play?": measures frames of many sizes, with progress and a stop button, and compares the result
// with the reference adapters.

import {
  adapterFile,
  ENOUGH_POINTS,
  type LargestWorld,
  largestWorld,
  measureCost,
  measureWorld,
} from '../src/bench/cost.ts'
import { parseConfig } from '../src/families/parse_config.ts'
import { messageOf } from '../src/gpu/errors.ts'
import { Gpu } from '../src/gpu/gpu.ts'
import { readText, urlSource } from '../src/weights/model_source.ts'
import { ADAPTERS, type AdapterFile, type CostPoint, FORMAT } from '../src/world/adapters.ts'
import { fromLink, linkTo, noResults, sharedText } from './result_link.ts'
import { addRow, element, markdownTable } from './tables.ts'

const RATES = [10, 30, 60]
const TOKENS = 64

const percent = (share: number) => `${(100 * share).toFixed(0)} %`
const millions = (count: number) => `${(count / 1e6).toFixed(count < 1e7 ? 1 : 0)} M`
const sizeText = (world: LargestWorld | undefined) =>
  world ? `${millions(world.parameters)} (width ${world.width}, ${world.layers} layers)` : 'none'

/** The row of an adapter: largest worlds, a frame of the shipped world measured and predicted, error of the model. */
function cellsOf({ name, precision, cost, world, error }: AdapterFile): string[] {
  return [
    `${name}, ${precision}`,
    ...RATES.map(rate => sizeText(largestWorld(cost, rate, TOKENS))),
    `${world.ms.toFixed(1)} ms; predicted ${world.predicted.toFixed(1)} ms`,
    `${percent(error.median)}, at worst ${percent(error.worst)}`,
  ]
}

const HEADINGS = ['adapter', ...RATES.map(rate => `at ${rate} fps`), 'a frame of platformer', 'error of the model']

export class AdapterPanel {
  private own: AdapterFile | undefined
  private isShared = false // a link brought it
  /** What was measured until it was stopped. */
  private kept: { ms?: number; points: CostPoint[] } = { points: [] }
  private stopping = new AbortController()
  private readonly button = element<HTMLButtonElement>('cost-start')
  private readonly stopButton = element<HTMLButtonElement>('cost-stop')
  private readonly bar = element<HTMLProgressElement>('cost-progress')
  private readonly line = element('cost-line')

  /** @param model the address of the world that the cost model is compared with */
  constructor(private readonly model: string) {
    /** Runs on a click; what it throws is shown. */
    const onClick = (id: string, work: () => unknown) =>
      element(id).addEventListener('click', async () => {
        try {
          await work()
        } catch (error) {
          this.line.textContent = messageOf(error)
        }
      })
    onClick('cost-start', () => this.measure())
    onClick('cost-stop', () => {
      this.line.textContent = 'Stopping after this size…'
      this.stopping.abort()
    })
    onClick('cost-markdown', () =>
      this.copy(markdownTable(HEADINGS, [this.own!, ...ADAPTERS].map(cellsOf)).join('\n'), 'The table as Markdown'),
    )
    onClick('cost-json', () => this.copy(`${JSON.stringify(this.own, undefined, 2)}\n`, 'The adapter’s JSON'))
    onClick('cost-link', async () => {
      const link = await linkTo('adapter', this.own!, location.href)
      history.replaceState(undefined, '', link)
      await this.copy(link, 'The link')
    })
  }

  /** Shows the reference adapters, and the results in a link's fragment if it has some. */
  async open(fragment: string): Promise<void> {
    try {
      this.own = (await fromLink('adapter', fragment)) as AdapterFile | undefined
      this.isShared = this.own !== undefined
      if (this.own && this.own.format !== FORMAT) throw noResults('adapter')
      this.show()
      if (this.own) this.line.textContent = sharedText(this.own)
    } catch {
      this.line.textContent = noResults('adapter').message
      this.own = undefined
      this.show()
    }
  }

  private show(): void {
    element('cost-rows').replaceChildren()
    const [name, ...cells] = this.own ? cellsOf(this.own) : []
    if (name) addRow('cost-rows', [this.isShared ? `${name} (from a link)` : name, ...cells])
    for (const file of ADAPTERS) addRow('cost-rows', cellsOf(file))
    element('cost-results').hidden = !this.own
  }

  private async measure(): Promise<void> {
    const { button, stopButton, bar, line, kept } = this
    this.stopping = new AbortController()
    const { signal } = this.stopping
    button.hidden = true
    stopButton.hidden = bar.hidden = false
    bar.removeAttribute('value')
    line.textContent = 'A frame of the shipped world…'
    const gpu = await Gpu.create()
    try {
      const config = parseConfig(await readText(await urlSource(this.model).open('config.json')))
      kept.ms ??= await measureWorld(gpu, config)
      const { ms, points } = kept
      await measureCost(gpu, {
        points,
        signal,
        onPoint(done, total, { tokens, width, layers, steps }) {
          bar.value = done / total
          line.textContent = `${done + 1} of ${total}: ${tokens} tokens, width ${width}, ${layers} layers, ${steps} steps`
        },
      })
      if (points.length >= ENOUGH_POINTS) {
        const { adapterName: name, precision } = gpu
        const about = { name, browser: navigator.userAgent, precision, date: new Date().toISOString() }
        this.own = adapterFile(about, points, { config, ms })
        this.isShared = false
        this.show()
      }
      const count = `${points.length} ${points.length === 1 ? 'size' : 'sizes'} measured`
      const missing = points.length < ENOUGH_POINTS ? ` of the ${ENOUGH_POINTS} that a result needs` : ''
      line.textContent = signal.aborted ? `Stopped: ${count}${missing}. “Continue” measures the rest.` : `${count}.`
      button.textContent = signal.aborted ? 'Continue' : 'Measure sizes'
      if (!signal.aborted) this.kept = { points: [] }
    } finally {
      gpu.dispose()
      button.hidden = false
      stopButton.hidden = bar.hidden = true
    }
  }

  private async copy(text: string, what: string): Promise<void> {
    await navigator.clipboard.writeText(text)
    this.line.textContent = `${what} is on the clipboard.`
  }
}
