// The built site: made by `npm run build`, served under a path by the server of `djinn serve` with its strict policy, opened and played.

import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join, posix } from 'node:path'
import type { Browser } from 'playwright'
import sharp from 'sharp'
import { build } from 'vite'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { staticServer } from '../../src/cli/static_server.ts'
import { PAGES } from '../../tools/site/plugin.mjs'
import { keep, launch, openPage, PATIENCE, ROOT } from '../helpers/browser_page.ts'

const SITE = 'https://example.org/worlds/'
const SOURCE = 'https://example.org/djinn.git'
const PATH = '/some/path/'
/** Bytes over the wire until the first frame. */
const MOST_BYTES = 8 * 2 ** 20

let folder: string
let origin: string
let browser: Browser
let server: ReturnType<typeof staticServer>
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'djinn-site-'))
  Object.assign(process.env, { DJINN_SITE: SITE, DJINN_SOURCE: SOURCE })
  // As outside of a test.
  const mode = process.env.NODE_ENV
  process.env.NODE_ENV = 'production'
  await build({
    root: ROOT,
    configFile: join(ROOT, 'vite.config.ts'),
    logLevel: 'error',
    build: { outDir: folder, emptyOutDir: true },
  })
  process.env.NODE_ENV = mode
  server = staticServer([{ path: PATH, folder }])
  await new Promise<void>(resolve => server.listen(0, 'localhost', resolve))
  origin = `http://localhost:${(server.address() as AddressInfo).port}`
  browser = await launch()
})
afterAll(async () => {
  delete process.env.DJINN_SITE
  delete process.env.DJINN_SOURCE
  await browser?.close()
  server?.close()
  await rm(folder, { recursive: true, force: true })
})

const pages = () =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map(name => name.replaceAll('\\', '/'))
    .filter(name => name.endsWith('.html'))
const read = (path: string) => readFileSync(join(folder, path), 'utf8')

test('every page has its words and picture for link previews, icons, manifest and licence', async () => {
  expect(pages()).toEqual(expect.arrayContaining([...PAGES, 'README.html', 'docs/embedding.html']))
  for (const path of pages()) {
    const html = read(path)
    const content = (name: string) => new RegExp(`<meta (?:property|name)="${name}" content="([^"]+)"`).exec(html)?.[1]
    for (const name of ['description', 'og:title', 'og:description', 'twitter:card', 'twitter:title'])
      expect([path, name, content(name) !== undefined]).toEqual([path, name, true])
    expect([path, content('og:image'), content('og:url')]).toEqual([path, `${SITE}preview.png`, `${SITE}${path}`])
    for (const rel of ['manifest', 'apple-touch-icon', 'license', 'icon'])
      expect([path, html.includes(`rel="${rel}"`)]).toEqual([path, true])
  }
  const picture = await sharp(join(folder, 'preview.png')).metadata()
  expect([picture.width, picture.height]).toEqual([1200, 630])
  for (const { src, sizes } of JSON.parse(read('site.webmanifest')).icons) {
    const { width, height } = await sharp(join(folder, src)).metadata()
    expect(`${width}x${height}`).toBe(sizes)
  }
})

test('the pages link to the source, the paper and the licence', () => {
  const missing = ['index.html', 'train.html', 'bench/index.html', 'examples/index.html'].flatMap(path => {
    const html = read(path)
    return [`href="${SOURCE}"`, 'href="https://arxiv.org/abs/2402.15391"', 'LICENSE.txt">Licence']
      .filter(link => !html.includes(link))
      .map(link => `${path}: ${link}`)
  })
  expect(missing).toEqual([])
})

test('every relative link and file that a page names is there, and no page has what the policy forbids', () => {
  const missing: string[] = []
  for (const path of pages()) {
    const html = read(path)
    expect([
      path,
      /<style|\sstyle="|<script(?![^>]*\bsrc=)[^>]*>|\son\w+="/.exec(
        html.replace(/<pre>[\s\S]*?<\/pre>|<code>[\s\S]*?<\/code>/g, ''),
      ),
    ]).toEqual([path, null])
    for (const [, target] of html.matchAll(/<[^>]*?\s(?:href|src)="([^"]+)"/g)) {
      if (/^(\w+:|#)/.test(target!)) continue
      const file = posix.normalize(posix.join(dirname(path), target!.split(/[#?]/)[0]!))
      if (!existsSync(join(folder, file))) missing.push(`${path}: ${target}`)
    }
  }
  expect(missing).toEqual([])
})

test('the sitemap lists every page once', () => {
  const listed = [...read('sitemap.xml').matchAll(/<loc>(.*?)<\/loc>/g)].map(([, url]) => url!)
  expect(listed.sort()).toEqual(
    pages()
      .map(path => SITE + path)
      .sort(),
  )
})

test('under a path and a strict policy it plays, asks nobody else, and needs at most 8 MiB until the first frame', async () => {
  const sizes: Promise<number>[] = []
  const asked: string[] = []
  const others: string[] = []
  const { page, complaints } = await openPage(browser, `${origin}${PATH}`, {
    prepare: async page => {
      page.on('request', request => {
        const url = request.url()
        if (url.startsWith(`${origin}${PATH}`)) asked.push(url.slice(origin.length + PATH.length))
        else if (!/^(data|blob):/.test(url)) others.push(url)
      })
      page.on('requestfinished', request =>
        sizes.push(request.sizes().then(s => s.responseBodySize + s.responseHeadersSize)),
      )
    },
  })
  await expect.poll(() => page.textContent('#frame'), PATIENCE).toMatch(/^\d+$/)
  // Nothing but what the first frame needs, what is shown until then (the stylesheet's picture and the recording), and photographs, which are asked for after it.
  const own = /^assets\/([^/]+\.(js|css)|meadow-[\w-]+\.png|(cat|coffee|rocket)-[\w-]+\.jpg|play-[\w-]+\.gif)$/
  expect(asked.filter(path => !own.test(path)).sort()).toEqual([
    '',
    ...['config.json', 'dynamics.safetensors', 'tokenizer.safetensors'].map(file => `weights/platformer/${file}`),
  ])
  const bytes = (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0)
  console.log(`bytes until the first frame: ${bytes}`)
  expect(bytes).toBeGreaterThan(2 ** 20)
  expect(bytes).toBeLessThanOrEqual(MOST_BYTES)
  await keep(page, 'site_under_a_path')
  expect(others).toEqual([])
  expect(complaints).toEqual([])
  await page.context().close()
})

test('its examples and documentation open under the same policy', async () => {
  for (const path of ['examples/index.html', 'README.html', 'docs/model.html']) {
    const { page, complaints } = await openPage(browser, `${origin}${PATH}${path}`)
    expect([path, await page.isVisible('main h1, header h1'), complaints]).toEqual([path, true, []])
    await page.context().close()
  }
  const { page, complaints } = await openPage(browser, `${origin}${PATH}examples/plain/`)
  const frame = page
    .locator('djinn-world')
    .evaluate(
      element => new Promise<void>(resolve => element.addEventListener('frame', () => resolve(), { once: true })),
    )
  await frame
  expect(complaints).toEqual([])
  // It plays on, and would take the adapter's time.
  await page.context().close()
})

test('its training page opens under the same policy, and its Worker answers', async () => {
  const { page, complaints } = await openPage(browser, `${origin}${PATH}train.html`)
  await expect.poll(() => page.textContent('#memory-line'), PATIENCE).toMatch(/^A training step takes/)
  expect(complaints).toEqual([])
  await page.context().close()
})

test('its benchmark measures and validates under the same policy', async () => {
  const { page, complaints } = await openPage(browser, `${origin}${PATH}bench/`)
  const line = () => page.textContent('#measure-line')
  await expect.poll(() => page.textContent('#adapter'), PATIENCE).toMatch(/, f(16|32)$/)
  expect(await page.isVisible('#peers-choice')).toBe(false)
  await page.click('#measure-start')
  await expect.poll(line, PATIENCE).toMatch(/^[1-9]\d* of \d+: \w+ \w+, /)
  await page.click('#measure-stop')
  await expect.poll(line, PATIENCE).toMatch(/^Stopped: \d+ rows and a played frame measured\.$/)
  await page.click('#validate button')
  await expect.poll(() => page.textContent('#verdict'), PATIENCE).toBe('All of it holds.')
  await keep(page, 'site_bench')
  expect(complaints).toEqual([])
})
