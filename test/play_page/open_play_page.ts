// The play page for tests: served as `npm start` serves it, opened in Chromium. The golden tiny model stands in for the shipped world:
// its frames show nothing, but they come fast.

import type { Browser, BrowserContextOptions, Page } from 'playwright'
import type { ViteDevServer } from 'vite'
import { afterAll, beforeAll, expect } from 'vitest'
import { type BrowserPage, launch, openPage, PATIENCE, serve } from '../helpers/browser_page.ts'

export { PATIENCE }
export const TINY = '?model=test/golden/tiny/'
/** Keys for some of the tiny model's six actions. */
export const KEYS = { '': 1, ArrowLeft: 0, ArrowRight: 2, ArrowUp: 4 }
export const PHONE: BrowserContextOptions = { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true }

let server: ViteDevServer
let address: string
let browser: Browser

/** Serves the page and starts a browser for the tests of a file. */
export function servePage(...moreArguments: string[]): void {
  beforeAll(async () => {
    ;({ server, address } = await serve(5301))
    browser = await launch(...moreArguments)
  })
  afterAll(async () => {
    await browser?.close()
    await server?.close()
  })
}

interface Visit {
  /** Relative to the play page. */
  address?: string
  keys?: Record<string, number>
  /** What each latent action does, with `keys`. */
  actions?: string[]
  /** The world's name, with `keys`. */
  name?: string
  /** Runs in the page before its own scripts. */
  prepare?: () => void
  context?: BrowserContextOptions
  /** Called with the page before it opens. */
  intercept?: (page: Page) => Promise<unknown>
}

export function visit({
  address: path = TINY,
  keys,
  actions,
  name,
  prepare,
  context = {},
  intercept,
}: Visit = {}): Promise<BrowserPage> {
  return openPage(browser, address + path, {
    context,
    async prepare(page) {
      if (prepare) await page.addInitScript(prepare)
      await intercept?.(page)
      if (!keys) return
      await page.route('**/config.json', async route => {
        const config = await (await route.fetch()).json()
        await route.fulfill({ json: { ...config, name: name ?? config.name, keys, actions } })
      })
    },
  })
}

export const frame = async (page: Page) => Number(await page.textContent('#frame'))
/** The world's pixels, without the glow and the shadow, which are not the same each time. */
export const picture = (page: Page) =>
  page.locator('#view').screenshot({
    style: '#glow { visibility: hidden } #view { border-radius: 0 !important; box-shadow: none !important }',
  })
export const tab = (page: Page, name: string) => page.click(`[role=tab]:has-text("${name}")`)

/** Closes a page. Otherwise it would keep playing and slow down the next one. */
export const leave = (page: Page) => page.context().close()

/** Waits until the readout shows frame `least` or later. Works in hooks, where `expect.poll` does not. */
export async function played(page: Page, least: number): Promise<void> {
  const isThere = (least: number) => Number(document.getElementById('frame')!.textContent) >= least
  await page.waitForFunction(isThere, least, PATIENCE)
}

/** Makes the world wait for keys, and starts over. */
export async function startOver(page: Page): Promise<void> {
  await page.check('#wait')
  await page.click('#reset')
  await page.waitForSelector('#view[aria-busy=false]')
  expect(await page.textContent('#frame')).toBe('–')
}

/** Waits for some animation frames: time in which something could happen that should not. */
export const animationFrames = (page: Page, count = 40) =>
  page.evaluate(async count => {
    for (let i = 0; i < count; i++) await new Promise(requestAnimationFrame)
  }, count)

/** Presses a key, and waits for frame `leadsTo`. */
export async function press(page: Page, key: string, leadsTo: number): Promise<void> {
  await page.keyboard.press(key)
  await expect.poll(() => frame(page), PATIENCE).toBe(leadsTo)
}
