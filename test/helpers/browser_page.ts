// A real browser for tests that run in Node: pages opened, what they complain of, screenshots kept in artifacts/.

import { mkdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { type Browser, chromium, type Page } from 'playwright'
import { browserArguments, findBrowser } from '../../tools/browser.mjs'

export const ROOT = fileURLToPath(new URL('../..', import.meta.url))
const ARTIFACTS = fileURLToPath(new URL('../../artifacts/', import.meta.url))
/** A software adapter compiles slowly, and a machine may be busy. */
export const PATIENCE = { timeout: 90_000 }

export function launch(): Promise<Browser> {
  return chromium.launch({ executablePath: findBrowser(), args: browserArguments() })
}

export interface BrowserPage {
  page: Page
  /** What the console called an error, and what was thrown and not caught. */
  complaints: string[]
}

/** @param prepare is given the page before it opens */
export async function openPage(
  browser: Browser,
  address: string,
  prepare?: (page: Page) => Promise<void>,
): Promise<BrowserPage> {
  const page = await (await browser.newContext({ viewport: { width: 960, height: 640 } })).newPage()
  page.setDefaultTimeout(PATIENCE.timeout)
  const complaints: string[] = []
  page.on('console', message => message.type() === 'error' && complaints.push(message.text()))
  page.on('pageerror', error => complaints.push(error.message))
  await prepare?.(page)
  await page.goto(address)
  return { page, complaints }
}

/** Keeps a screenshot and says where. */
export async function keep(page: Page, name: string): Promise<void> {
  mkdirSync(ARTIFACTS, { recursive: true })
  const path = `${ARTIFACTS}${name}.png`
  await page.screenshot({ path })
  console.log(`screenshot: ${path}`)
}
