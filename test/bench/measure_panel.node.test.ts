// The benchmark page's "Measure": it says at once what is measured and how far it is; what was measured until Stop stays and is copied.

import type { Browser } from 'playwright'
import type { ViteDevServer } from 'vite'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { BenchReport } from '../../bench/measure_panel.ts'
import { keep, launch, openPage, PATIENCE, serve } from '../helpers/browser_page.ts'

let server: ViteDevServer
let address: string
let browser: Browser

beforeAll(async () => {
  ;({ server, address } = await serve(5344))
  browser = await launch()
})
afterAll(async () => {
  await browser?.close()
  await server?.close()
})

test('shows what it measures, stops after the current row, and copies what was measured until then', async () => {
  const context = { viewport: { width: 1200, height: 900 }, permissions: ['clipboard-read', 'clipboard-write'] }
  const { page, complaints } = await openPage(browser, `${address}bench/`, { context })
  const line = () => page.textContent('#measure-line')
  const clipboard = () => page.evaluate(() => navigator.clipboard.readText())
  await expect.poll(() => page.textContent('#adapter'), PATIENCE).toMatch(/, f(16|32)$/)
  await page.click('#measure-start')
  // In the same moment.
  expect(await line()).not.toBe('')
  expect(await page.isVisible('#measure-stop')).toBe(true)
  await expect.poll(line, PATIENCE).toMatch(/^\d+ of \d+: played frame \d+ of \d+/)
  await expect.poll(line, PATIENCE).toMatch(/^[1-9]\d* of \d+: \w+ \w+, /)
  const share = () => page.locator('#measure-progress').evaluate(bar => (bar as HTMLProgressElement).value)
  await expect.poll(share, PATIENCE).toBeGreaterThan(0)
  await keep(page, 'bench_measuring')
  await page.click('#measure-stop')
  await expect.poll(line, PATIENCE).toMatch(/^Stopped: \d+ rows and a played frame measured\.$/)
  const shown = await page.locator('#rows tr').count()
  expect(shown).toBeGreaterThan(0)
  expect(await page.isVisible('#measure-start')).toBe(true)

  await page.click('#measure-json')
  await expect.poll(line).toBe('The JSON is on the clipboard.')
  const report: BenchReport = JSON.parse(await clipboard())
  expect(report.rows).toHaveLength(shown)
  expect(report.world!.frame).toBeGreaterThan(0)
  await page.click('#measure-markdown')
  await expect.poll(line).toBe('The Markdown is on the clipboard.')
  const [first] = report.rows
  expect(await clipboard()).toContain(`| ${first!.kernel} | ${first!.version} | ${first!.shape} |`)
  expect(complaints).toEqual([])
})

test('validates the model and the bundle that lie beside it', async () => {
  const { page, complaints } = await openPage(browser, `${address}bench/`)
  await page.click('#validate button')
  await expect.poll(() => page.textContent('#verdict'), PATIENCE).toBe('All of it holds.')
  expect(complaints).toEqual([])
})
