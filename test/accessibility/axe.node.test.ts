// axe-core finds no fault on any page: in light and dark, from 320 pixels to 4K, and with text of 200 %. Nothing is wider than the
// screen, and the keyboard reaches every control, which then has a ring.

import { readFile } from 'node:fs/promises'
import { extname } from 'node:path'
import type { Browser, Page } from 'playwright'
import type { ViteDevServer } from 'vite'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { linkTo } from '../../bench/result_link.ts'
import { docsSite } from '../../tools/site/docs_pages.mjs'
import { axeScript, faults } from '../helpers/axe.ts'
import { keep, launch, openPage, PATIENCE, ROOT, serve } from '../helpers/browser_page.ts'

const WIDTHS = [320, 1280, 3840]
/** Nothing moves until a key is pressed, so that pages stay as they are checked. */
const CONTEXT = { viewport: { width: 1280, height: 800 }, reducedMotion: 'reduce' } as const
const TYPES: Record<string, string> = {
  '.html': 'text/html',
  '.css': 'text/css',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
}
const PLAY = '?model=test/golden/tiny/'

let server: ViteDevServer
let address: string
let browser: Browser
let axe: string

beforeAll(async () => {
  axe = await axeScript()
  ;({ server, address } = await serve(5321))
  browser = await launch()
})
afterEach(() => Promise.all(browser.contexts().map(context => context.close())))
afterAll(async () => {
  await browser?.close()
  await server?.close()
})

async function open(path: string, prepare?: () => void): Promise<Page> {
  const { page } = await openPage(browser, address + path, {
    context: CONTEXT,
    prepare: async page => {
      if (prepare) await page.addInitScript(prepare)
    },
  })
  await page.evaluate(axe)
  return page
}

/** Checks a page as it is, in both colour schemes. */
async function check(page: Page, what: string): Promise<void> {
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme })
    expect(await faults(page), `${what}, ${colorScheme}`).toEqual([])
  }
}

/** Checks a page at every width, and with large text. */
async function checkSizes(page: Page, name: string): Promise<void> {
  const session = await page.context().newCDPSession(page)
  for (const [width, text] of [...WIDTHS.map(width => [width, 100]), [1280, 200]] as [number, number][]) {
    await page.setViewportSize({ width, height: width > 2000 ? 2160 : 800 })
    // As a user's browser settings do.
    await session.send('Page.setFontSizes', { fontSizes: { standard: (16 * text) / 100, fixed: (13 * text) / 100 } })
    const what = `${name}, ${width} pixels, text ${text} %`
    expect(await tooWide(page), what).toEqual([])
    await check(page, what)
    await keep(page, `accessibility/${name}_${width}_${text}`)
  }
  await session.send('Page.setFontSizes', { fontSizes: { standard: 16, fixed: 13 } })
  await page.setViewportSize(CONTEXT.viewport)
}

/** The elements that make a page wider than the screen. */
async function tooWide(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    if (document.documentElement.scrollWidth <= innerWidth) return []
    const isWide = (element: Element) => element.getBoundingClientRect().right > innerWidth + 0.5
    return [...document.querySelectorAll('body *')].filter(isWide).map(element => element.outerHTML.slice(0, 80))
  })
}

/** Controls that Tab does not reach, of those that are shown, and those that have no ring when it does. */
async function unreached(page: Page): Promise<string[]> {
  const count = await page.evaluate(() => {
    const isShown = (control: HTMLElement) => control.checkVisibility({ visibilityProperty: true })
    const isOther = (control: HTMLElement) =>
      control instanceof HTMLInputElement && control.type === 'radio' && !control.checked
    const root = document.querySelector('dialog[open]') ?? document
    const controls = [
      ...root.querySelectorAll<HTMLElement>('button, input, select, a[href], summary, [tabindex="0"]'),
    ].filter(control => control.tabIndex >= 0 && !control.matches(':disabled') && isShown(control) && !isOther(control))
    for (const control of controls) control.dataset.unreached = ''
    ;(document.activeElement as HTMLElement | null)?.blur()
    return controls.length
  })
  for (let i = 0; i < count + 4; i++) {
    await page.keyboard.press('Tab')
    await page.evaluate(() => {
      const control = document.activeElement
      if (!control || control === document.body) return
      // A file's or a switch's control is hidden, and its label has the ring.
      const around = [control, control.closest('label'), control.nextElementSibling]
      const hasRing = around.some(element => {
        if (!element) return false
        const { outlineStyle, outlineWidth } = getComputedStyle(element)
        return outlineStyle !== 'none' && Number.parseFloat(outlineWidth) >= 2
      })
      if (hasRing) control.removeAttribute('data-unreached')
    })
  }
  return page.evaluate(() =>
    [...document.querySelectorAll<HTMLElement>('[data-unreached]')].map(control => {
      delete control.dataset.unreached
      return control.outerHTML.slice(0, 100)
    }),
  )
}

test('axe finds nothing on the play page', async () => {
  const page = await open(PLAY)
  await page.waitForSelector('#view[aria-busy=false]')
  await checkSizes(page, 'play')
  for (const tab of await page.locator('[role=tab]').all()) {
    const name = (await tab.textContent())!
    await tab.click()
    await check(page, `tab ${name}`)
    expect(await unreached(page), `tab ${name}`).toEqual([])
  }
  for (const [button, dialog] of [
    ['#about-open', 'about'],
    ['#pad-open', 'drawing pad'],
  ] as const) {
    await page.click('#tab-start')
    await page.click(button)
    await check(page, dialog)
    expect(await unreached(page), dialog).toEqual([])
    await page.keyboard.press('Escape')
  }
})

test('axe finds nothing on a replay, and a picture of one’s own', async () => {
  const page = await open(
    `${PLAY}#dream=AQR0aW55gSAQAxgRBwhQAxgRBwhRR9AIz_wAAAAAAAAP_AAAAAAAAA_8AAAAAAAACiEQIhAEEJxn_gAAAAAAAAf-AAAAAAAAB_4AAAAAAAABII`,
  )
  await page.waitForSelector('#replay:not([hidden])')
  await check(page, 'replay')
  expect(await unreached(page)).toEqual([])
  const buffer = await page.locator('.landscape .tile canvas').first().screenshot()
  await page.setInputFiles('#file', { name: 'evening.png', mimeType: 'image/png', buffer })
  await page.waitForSelector('#framing[data-similarity]')
  await page.check('#wait')
  await check(page, 'own picture')
})

test('axe finds nothing on the play page without WebGPU', async () => {
  const page = await open('', () => void Reflect.deleteProperty(Navigator.prototype, 'gpu'))
  await page.waitForSelector('#help:not([hidden])')
  await checkSizes(page, 'without_webgpu')
  expect(await unreached(page)).toEqual([])
})

test('axe finds nothing on the training page', async () => {
  const page = await open('train.html')
  await page.waitForSelector('#train:not([inert])', PATIENCE)
  await expect.poll(() => page.textContent('#memory-line'), PATIENCE).toContain('A training step takes')
  await checkSizes(page, 'train')
  expect(await unreached(page)).toEqual([])
})

test('axe finds nothing on the benchmark', async () => {
  const page = await open('bench/')
  await expect.poll(() => page.textContent('#adapter'), PATIENCE).toMatch(/, f(16|32)$/)
  await checkSizes(page, 'bench')
  expect(await unreached(page)).toEqual([])
  const report = JSON.parse(await readFile(`${ROOT}bench/results/swiftshader.json`, 'utf8'))
  const shared = await open(await linkTo('measured', report, 'bench/'))
  await shared.waitForSelector('#rows tr')
  await checkSizes(shared, 'bench_of_a_link')
  expect(await unreached(shared)).toEqual([])
})

test('axe finds nothing in the examples', async () => {
  const index = await open('examples/')
  await checkSizes(index, 'examples')
  expect(await unreached(index)).toEqual([])
  for (const name of ['plain', 'react', 'sprite', 'three', 'phaser', 'worker']) {
    const page = await open(`examples/${name}/`, () => void Reflect.deleteProperty(Navigator.prototype, 'gpu'))
    await page.getByText(/needs WebGPU|WebGPU is missing/).waitFor()
    await check(page, `${name} without WebGPU`)
    await page.context().close()
    // Loading, at the width of a phone and of a desk. They take the width that they open at.
    const loading = await open('examples/')
    await loading.route('**/*.safetensors', () => undefined)
    for (const width of [320, 1280]) {
      await loading.setViewportSize({ width, height: 800 })
      await loading.goto(`${address}examples/${name}/`, { waitUntil: 'domcontentloaded' })
      await loading.evaluate(axe)
      const what = `${name}, ${width} pixels`
      expect(await tooWide(loading), what).toEqual([])
      await check(loading, what)
    }
    await loading.context().close()
  }
})

test('axe finds nothing in the documentation of a built site', async () => {
  const files = docsSite(ROOT, undefined)
  const page = await open('examples/')
  await page.route(`${address}site/**`, route => {
    const path = new URL(route.request().url()).pathname.slice('/site/'.length)
    const body = files.get(path)
    return body === undefined
      ? route.fulfill({ status: 404 })
      : route.fulfill({ body: Buffer.from(body), contentType: TYPES[extname(path)] ?? '' })
  })
  for (const path of [...files.keys()].filter(path => path.endsWith('.html'))) {
    await page.goto(`${address}site/${path}`)
    await page.evaluate(axe)
    for (const width of [320, 1280]) {
      await page.setViewportSize({ width, height: 800 })
      const what = `${path}, ${width} pixels`
      expect(await tooWide(page), what).toEqual([])
      await check(page, what)
    }
  }
  await keep(page, 'accessibility/docs')
})
