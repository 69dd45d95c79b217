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

/** @param model the address of the world that the cost model is compared with */
export async function openAdapterPanel(model: string): Promise<void> {
  const [start, stop, progress, line] = [
    element<HTMLButtonElement>('cost-start'),
    element<HTMLButtonElement>('cost-stop'),
    element<HTMLProgressElement>('cost-progress'),
    element('cost-line'),
  ]
  let own: AdapterFile | undefined
  let isShared = false // a link brought it
  /** What was measured until it was stopped. */
  let kept: { ms?: number; points: CostPoint[] } = { points: [] }
  let stopping = new AbortController()

  const show = () => {
    element('cost-rows').replaceChildren()
    const [name, ...cells] = own ? cellsOf(own) : []
    if (name) addRow('cost-rows', [isShared ? `${name} (from a link)` : name, ...cells])
    for (const file of ADAPTERS) addRow('cost-rows', cellsOf(file))
    element('cost-results').hidden = !own
  }

  const measure = async () => {
    stopping = new AbortController()
    const { signal } = stopping
    start.hidden = true
    stop.hidden = progress.hidden = false
    progress.removeAttribute('value')
    line.textContent = 'A frame of the shipped world…'
    const gpu = await Gpu.create()
    try {
      const config = parseConfig(await readText(await urlSource(model).open('config.json')))
      kept.ms ??= await measureWorld(gpu, config)
      const { ms, points } = kept
      await measureCost(gpu, {
        points,
        signal,
        onPoint(done, total, { tokens, width, layers, steps }) {
          progress.value = done / total
          line.textContent = `${done + 1} of ${total}: ${tokens} tokens, width ${width}, ${layers} layers, ${steps} steps`
        },
      })
      if (points.length >= ENOUGH_POINTS) {
        const { adapterName: name, precision } = gpu
        const about = { name, browser: navigator.userAgent, precision, date: new Date().toISOString() }
        own = adapterFile(about, points, { config, ms })
        isShared = false
        show()
      }
      const count = `${points.length} ${points.length === 1 ? 'size' : 'sizes'} measured`
      const missing = points.length < ENOUGH_POINTS ? ` of the ${ENOUGH_POINTS} that a result needs` : ''
      line.textContent = signal.aborted ? `Stopped: ${count}${missing}. “Continue” measures the rest.` : `${count}.`
      start.textContent = signal.aborted ? 'Continue' : 'Measure sizes'
      if (!signal.aborted) kept = { points: [] }
    } finally {
      gpu.dispose()
      start.hidden = false
      stop.hidden = progress.hidden = true
    }
  }

  const copy = async (text: string, what: string) => {
    await navigator.clipboard.writeText(text)
    line.textContent = `${what} is on the clipboard.`
  }
  /** Runs on a click; what it throws is shown. */
  const onClick = (id: string, work: () => unknown) =>
    element(id).addEventListener('click', () => {
      Promise.resolve(work()).catch((error: Error) => {
        line.textContent = error.message
      })
    })
  onClick('cost-start', async () => measure())
  onClick('cost-stop', () => {
    line.textContent = 'Stopping after this size…'
    stopping.abort()
  })
  onClick('cost-markdown', async () =>
    copy(markdownTable(HEADINGS, [own!, ...ADAPTERS].map(cellsOf)).join('\n'), 'The table as Markdown'),
  )
  onClick('cost-json', async () => copy(`${JSON.stringify(own, undefined, 2)}\n`, 'The adapter’s JSON'))
  onClick('cost-link', async () => {
    const link = await linkTo('adapter', own!, location.href)
    history.replaceState(undefined, '', link)
    await copy(link, 'The link')
  })
  try {
    own = (await fromLink('adapter', location.hash)) as AdapterFile | undefined
    isShared = own !== undefined
    if (own && own.format !== FORMAT) throw noResults('adapter')
    show()
    if (own) line.textContent = sharedText(own)
  } catch {
    line.textContent = noResults('adapter').message
    own = undefined
    show()
  }
}
