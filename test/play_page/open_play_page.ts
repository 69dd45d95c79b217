// The play page as a person meets it: served as `npm start` serves it, opened in Chromium, clicked and typed at. The golden tiny
// model stands for a world: its frames are no picture of anything, but they come fast.

import { mkdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright'
import { createServer, type ViteDevServer } from 'vite'
import { afterAll, beforeAll, expect } from 'vitest'
import { browserArguments, findBrowser } from '../../tools/browser.mjs'

const root = fileURLToPath(new URL('../..', import.meta.url))
const shots = `${root}artifacts/page`

/** A software adapter compiles slowly, and the machine may have other things to do. */
export const PATIENCE = { timeout: 60_000 }
export const TINY = '?model=test/golden/tiny/'
/** Names for some of the tiny model's eight actions. */
export const KEYS = { '': 1, ArrowLeft: 0, ArrowRight: 2, ArrowUp: 4 }
export const PHONE: BrowserContextOptions = { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true }

let server: ViteDevServer
let browser: Browser

/** Serves the page and starts a browser for the tests of a file. */
export function usePage(...moreArguments: string[]): void {
  beforeAll(async () => {
    server = await createServer({ root, server: { port: 5301, hmr: false }, logLevel: 'error' })
    await server.listen()
    browser = await chromium.launch({ executablePath: findBrowser(), args: [...browserArguments(), ...moreArguments] })
  })
  afterAll(async () => {
    await browser?.close()
    await server?.close()
  })
}

export interface Visit {
  address?: string
  keys?: Record<string, number>
  prepare?: () => void // runs in the page before its own scripts
  context?: BrowserContextOptions
}

export interface Visited {
  page: Page
  /** What the console called an error, and what was thrown and not caught. */
  complaints: string[]
}

export async function visit({ address = TINY, keys, prepare, context }: Visit = {}): Promise<Visited> {
  const page = await (await browser.newContext(context)).newPage()
  page.setDefaultTimeout(PATIENCE.timeout)
  const complaints: string[] = []
  page.on('console', message => message.type() === 'error' && complaints.push(message.text()))
  page.on('pageerror', error => complaints.push(error.message))
  if (prepare) await page.addInitScript(prepare)
  if (keys) {
    await page.route('**/config.json', async route => {
      const config = await (await route.fetch()).json()
      await route.fulfill({ json: { ...config, keys } })
    })
  }
  await page.goto(server.resolvedUrls!.local[0] + address)
  return { page, complaints }
}

export const frame = async (page: Page) => Number(await page.textContent('#frame'))
/** The world's pixels alone: without the light and the shadow around them, which are not drawn alike each time. */
export const picture = (page: Page) =>
  page.locator('#view').screenshot({
    style: '#glow { visibility: hidden } #view { border-radius: 0 !important; box-shadow: none !important }',
  })
export const tab = (page: Page, name: string) => page.click(`[role=tab]:has-text("${name}")`)

/** Closes a page: left open it would go on playing, and share the adapter with the next. */
export const leave = (page: Page) => page.context().close()

/** Waits until the readout has counted to `least`; in hooks, too, where `expect.poll` may not be. */
export async function played(page: Page, least: number): Promise<void> {
  const isThere = (least: number) => Number(document.getElementById('frame')!.textContent) >= least
  await page.waitForFunction(isThere, least, PATIENCE)
}

/** Lets it wait for keys, and start over. */
export async function startOver(page: Page): Promise<void> {
  await page.check('#wait')
  await page.click('#reset')
  await page.waitForSelector('#view[aria-busy=false]')
  expect(await page.textContent('#frame')).toBe('–')
}

/** Presses a key, and waits for the frame that it leads to. */
export async function press(page: Page, key: string, leadsTo: number): Promise<void> {
  await page.keyboard.press(key)
  await expect.poll(() => frame(page), PATIENCE).toBe(leadsTo)
}

/** Keeps a picture of the page for people, where git does not look. */
export async function keepScreenshot(page: Page, name: string): Promise<void> {
  mkdirSync(shots, { recursive: true })
  const path = `${shots}/${name}.png`
  await page.screenshot({ path })
  console.log(`screenshot: ${path}`)
}
