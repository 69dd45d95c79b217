// The benchmark's page: measures on this browser's adapter and shows tables. With `?run` in the address it starts by itself;
// `npm run bench -- --headless` opens it so and waits for `window.bench`.

import { describe } from '../src/bench/kernels.ts'
import { parseConfig } from '../src/families/parse_config.ts'
import { messageOf } from '../src/gpu/errors.ts'
import { Gpu } from '../src/gpu/gpu.ts'
import { showWebgpuHelp } from '../src/ui/webgpu_help.ts'
import { validate } from '../src/validation/validate.ts'
import { readText, urlSource } from '../src/weights/model_source.ts'
import { AdapterPanel } from './adapter_panel.ts'
import { type BenchReport, type Choice, MeasurePanel } from './measure_panel.ts'
import { addRow, element } from './tables.ts'

declare global {
  interface Window {
    /** The report once all is measured; rejects with the first error. */
    bench?: Promise<BenchReport>
  }
}

/** Relative to the page, which may lie under any path. */
const WORLD = new URL('../weights/platformer/', location.href).href

const panel = new MeasurePanel(WORLD)

function start(choice: Choice): void {
  element('error').hidden = true
  window.bench = panel.run(choice)
  window.bench.catch(showError)
}

function showError(error: unknown): void {
  element('error').textContent = messageOf(error)
  element('error').hidden = false
}

async function showValidation(model: string, bundle: string): Promise<void> {
  element('outputs').replaceChildren()
  element('verdict').textContent = 'Computing…'
  try {
    const source = urlSource(new URL(model, location.href))
    const config = parseConfig(await readText(await source.open('config.json')))
    const file = new URL(bundle, location.href)
    const name = file.pathname.split('/').at(-1)!
    const reference = await urlSource(new URL('.', file)).open(name)
    const gpu = await Gpu.create({ precision: 'f32' })
    const rows = await validate(gpu, config, path => source.open(path), reference)
    for (const { output, count, worst, mean, differing, excused, holds } of rows) {
      const error = (x?: number) => x?.toExponential(1) ?? ''
      const counts = [differing, excused].map(x => `${x ?? ''}`)
      addRow('outputs', [output, `${count}`, error(worst), error(mean), ...counts, holds ? 'holds' : 'FAILS'])
    }
    element('verdict').textContent = rows.every(row => row.holds) ? 'All of it holds.' : 'Not within tolerance.'
    gpu.dispose()
  } catch (error) {
    element('verdict').textContent = messageOf(error)
  }
}

element('measure').addEventListener('submit', event => {
  event.preventDefault()
  const data = new FormData(event.target as HTMLFormElement)
  start({ full: data.has('full'), peers: data.has('peers') })
})
element('validate').addEventListener('submit', event => {
  event.preventDefault()
  const data = new FormData(event.target as HTMLFormElement)
  void showValidation(`${data.get('model')}`, `${data.get('bundle')}`)
})
element('peers-choice').hidden = !import.meta.env.DEV

addEventListener('hashchange', () => location.reload())
await panel.open(location.hash).catch(showError)

try {
  await new AdapterPanel(WORLD).open(location.hash)
  if (!(await navigator.gpu?.requestAdapter())) {
    showWebgpuHelp(element('help'))
    // Results of a link are shown all the same.
    element('measurements').hidden = !/^#(adapter|measured)=/.test(location.hash)
    for (const start of document.querySelectorAll<HTMLButtonElement>('#cost-start, #measure-start, #validate button'))
      start.disabled = true
    throw new Error('The benchmark needs WebGPU.')
  }
  const gpu = await Gpu.create()
  const { name, precision, features } = describe(gpu, navigator.userAgent)
  element('adapter').textContent = `${name}, ${precision}`
  element('about-adapter').textContent = `${features.join(', ')}. ${navigator.userAgent}`
  gpu.dispose()
  const address = new URLSearchParams(location.search)
  if (address.has('run')) start({ full: address.has('full'), peers: address.has('peers'), play: address.has('play') })
} catch (error) {
  if (element('help').hidden) showError(error)
  window.bench = Promise.reject(error)
  window.bench.catch(() => undefined)
}
