// A real browser for tests that run in Node: serve the repository, open pages, collect their errors, keep screenshots in artifacts/.

import { mkdirSync } from 'node:fs'
import { dirname } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright'
import { createServer, type ViteDevServer } from 'vite'
import { browserArguments, findBrowser } from '../../tools/browser.mjs'

export const ROOT = fileURLToPath(new URL('../..', import.meta.url))
/** Tests wait for events. This only ends a test that hangs: a software adapter on a busy machine takes minutes. */
export const PATIENCE = { timeout: 600_000 }

export function launch(...moreArguments: string[]): Promise<Browser> {
  const args = [...browserArguments(), ...moreArguments]
  return chromium.launch({ executablePath: findBrowser(), args, ...PATIENCE })
}

/** Serves the repository as `npm start` does. */
export async function serve(port: number): Promise<{ server: ViteDevServer; address: string }> {
  const server = await createServer({ root: ROOT, server: { port, hmr: false }, logLevel: 'error' })
  await server.listen()
  return { server, address: server.resolvedUrls!.local[0]! }
}

export interface BrowserPage {
  page: Page
  /** Errors on the console, and uncaught exceptions. */
  complaints: string[]
}

interface PageOptions {
  context?: BrowserContextOptions
  /** Called with the page before it opens. */
  prepare?(page: Page): Promise<unknown>
}

export async function openPage(
  browser: Browser,
  address: string,
  { context = { viewport: { width: 960, height: 640 } }, prepare }: PageOptions = {},
): Promise<BrowserPage> {
  const page = await (await browser.newContext(context)).newPage()
  page.setDefaultTimeout(PATIENCE.timeout)
  const complaints: string[] = []
  page.on('console', message => message.type() === 'error' && complaints.push(message.text()))
  page.on('pageerror', error => complaints.push(error.message))
  await prepare?.(page)
  await page.goto(address)
  return { page, complaints }
}

/** Saves a screenshot as artifacts/NAME.png, and prints its path. */
export async function keep(page: Page, name: string): Promise<void> {
  const path = `${ROOT}artifacts/${name}.png`
  mkdirSync(dirname(path), { recursive: true })
  await page.screenshot({ path })
  console.log(`screenshot: ${path}`)
}
