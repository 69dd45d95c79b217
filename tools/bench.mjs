// `npm run bench`: serves the benchmark's page. --headless runs it in a headless browser and prints a summary, with --json the
// whole report. --full measures all shapes; --no-peers leaves out onnxruntime-web, TensorFlow.js and jax-js; --play measures only played
// frames, beside onnxruntime-web. --contribute writes this machine's report to bench/contributed/, for the repository.
import { mkdirSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { chromium } from 'playwright'
import { createServer } from 'vite'
import { browserArguments, findOrInstallBrowser, givesGpu } from './browser.mjs'

const FLAGS = ['headless', 'json', 'full', 'no-peers', 'play', 'contribute']

try {
  const options = Object.fromEntries(FLAGS.map(name => [name, { type: /** @type {const} */ ('boolean') }]))
  const { values } = parseArgs({ options })
  const isHeadless = values.headless || values.contribute
  const root = fileURLToPath(new URL('..', import.meta.url))
  const server = await createServer({
    root,
    // WebAssembly threads need a cross-origin isolated page.
    server: {
      port: Number(process.env.PORT ?? 5174),
      // The page must not reload while it measures.
      ...(isHeadless && { hmr: false, watch: null }),
      headers: { 'Cross-Origin-Opener-Policy': 'same-origin', 'Cross-Origin-Embedder-Policy': 'require-corp' },
    },
    cacheDir: 'node_modules/.vite-bench',
    optimizeDeps: {
      include: [
        '@tensorflow/tfjs-core',
        '@tensorflow/tfjs-core/dist/register_all_gradients',
        '@tensorflow/tfjs-backend-webgpu',
        '@jax-js/jax',
      ],
    },
    clearScreen: false,
    logLevel: 'error',
  })
  await server.listen()
  const address = `${server.resolvedUrls?.local[0]}bench/`
  if (isHeadless) {
    const flags = [values.full && 'full', !values['no-peers'] && !values.contribute && 'peers', values.play && 'play']
    const report = await drive(`${address}?${['run', ...flags.filter(Boolean)].join('&')}`)
    console.log(values.json ? JSON.stringify(report, undefined, 2) : summary(report))
    if (values.contribute) {
      const name = `${report.adapter.name} ${report.adapter.precision}`.toLowerCase().replaceAll(/[^a-z0-9]+/g, '-')
      mkdirSync(`${root}bench/contributed`, { recursive: true })
      writeFileSync(`${root}bench/contributed/${name}.json`, `${JSON.stringify(report, undefined, 1)}\n`)
      console.error(`bench/contributed/${name}.json is written: send it in a pull request.`)
    }
    await server.close()
    process.exit(0)
  }
  console.log(`The benchmark is at ${address}`)
  console.log('Ctrl+C stops it.')
} catch (error) {
  console.error(error instanceof Error ? error.message.split('\n')[0] : error)
  process.exit(1)
}

/**
 * Opens the page in a headless browser and waits for its report.
 * @param {string} address
 */
async function drive(address) {
  const executablePath = findOrInstallBrowser()
  const adapter = process.env.DJINN_ADAPTER || ((await givesGpu(executablePath)) ? 'gpu' : 'swiftshader')
  const browser = await chromium.launch({ executablePath, args: browserArguments(adapter) })
  try {
    const page = await browser.newPage()
    if (process.env.DJINN_DEBUG) page.on('console', message => console.error(message.text()))
    page.on('pageerror', error => console.error(error.message))
    page.setDefaultTimeout(0)
    await page.goto(address)
    await page.waitForFunction('window.bench')
    return await page.evaluate('window.bench')
  } finally {
    await browser.close()
  }
}

/** @param {any} report */
function summary({ adapter, peak, rows, peers, world }) {
  const text = (/** @type {number | null} */ x, digits = 2) => (x === null ? '-' : x.toFixed(digits))
  return [
    `${adapter.name}, ${adapter.precision}${peak ? `: roofline ${text(peak.gflops, 1)} GFLOP/s, ${text(peak.gbps, 1)} GB/s` : ''}`,
    `${world.name}: ${text(world.frame, 0)} ms per frame, ${text(world.javascript)} ms of it JavaScript, the first after ${text(world.firstFrame, 0)} ms`,
    ...peers.map((/** @type {any} */ p) => `${p.what}\t${p.shape}\t${p.peer}\t${text(p.ratio)} × ${p.note ?? ''}`),
    ...rows.map(
      (/** @type {any} */ r) =>
        `${r.kernel} ${r.version}\t${r.shape}\t${text(r.ms, 3)} ms\t${text(r.ofPeak, 0)} % of roofline ${r.note ?? ''}`,
    ),
  ].join('\n')
}
