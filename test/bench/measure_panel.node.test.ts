// The benchmark page's "Measure": it says at once what is measured and how far it is; what was measured until Stop stays, is copied, and sent as a link.

import type { Browser, Page } from 'playwright'
import type { ViteDevServer } from 'vite'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { BenchReport } from '../../bench/measure_panel.ts'
import { linkTo } from '../../bench/result_link.ts'
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

test('shows what it measures, stops after the current row, and copies or links what was measured until then', async () => {
  const context = { viewport: { width: 1200, height: 900 }, permissions: ['clipboard-read', 'clipboard-write'] }
  const { page, complaints } = await openPage(browser, `${address}bench/`, { context })
  const line = () => page.textContent('#measure-line')
  const clipboard = () => page.evaluate(() => navigator.clipboard.readText())
  await expect.poll(() => page.textContent('#adapter'), PATIENCE).toMatch(/, f(16|32)$/)
  const compared = (page: Page) => page.locator('#reference-rows tr td:nth-child(1)').allTextContents()
  const references = await compared(page)
  expect(references).toEqual([expect.stringContaining('llvmpipe'), expect.stringContaining('swiftshader')])
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

  // Beside the reference adapters: a played frame, and the kernels that were measured.
  const adapter = await page.textContent('#adapter')
  expect(await compared(page)).toEqual([adapter, ...references])
  const own = page.locator('#reference-rows tr').first().locator('td')
  expect(await own.nth(1).textContent()).toMatch(/^\d+ ms \(platformer, \d+ steps\)$/)
  expect(await own.nth(2).textContent()).toMatch(/^\d+\.\d{3} ms \(\w+\)$/)
  expect(await own.last().textContent()).toMatch(/^measured here, /)

  await page.click('#measure-json')
  await expect.poll(line).toBe('The JSON is on the clipboard.')
  const report: BenchReport = JSON.parse(await clipboard())
  expect(report.rows).toHaveLength(shown)
  expect(report.world!.frame).toBeGreaterThan(0)
  await page.click('#measure-markdown')
  await expect.poll(line).toBe('The Markdown is on the clipboard.')
  const [first] = report.rows
  const markdown = await clipboard()
  expect(markdown).toContain(`| ${first!.kernel} | ${first!.version} | ${first!.shape} |`)
  for (const name of [adapter, ...references]) expect(markdown).toContain(`| ${name} | `)
  const tables = (page: Page) => page.locator('#rows, #profile, #frame, #peak').allTextContents()
  await page.click('#measure-link')
  await expect.poll(line).toBe('The link is on the clipboard.')
  const link = await clipboard()

  // Elsewhere, on a browser without WebGPU: the same results, as those of another machine.
  const prepare = (page: Page) => page.addInitScript('delete Navigator.prototype.gpu')
  const other = await openPage(browser, link, { context, prepare })
  await expect.poll(() => tables(other.page), PATIENCE).toEqual(await tables(page))
  const { name, date, browser: by } = report.adapter
  const shared = `From a link, not measured by this page: ${name} on ${date.slice(0, 10)}, ${by}.`
  expect(await other.page.textContent('#measure-shared')).toBe(shared)
  expect(await compared(other.page)).toEqual([adapter, ...references])
  expect(await other.page.textContent('#reference-rows tr td:last-child')).toMatch(/^from a link, /)
  expect(await other.page.isVisible('#rows')).toBe(true)
  expect(await other.page.isDisabled('#measure-start')).toBe(true)
  await other.page.click('#measure-markdown')
  await expect.poll(() => other.page.evaluate(() => navigator.clipboard.readText())).toBe(markdown)
  expect(await other.page.textContent('#measure-shared')).toBe(shared)
  await keep(other.page, 'bench_of_a_link')
  const bad = [
    link.slice(0, -40),
    `${address}bench/#measured=abc`,
    await linkTo('measured', { adapter: {}, rows: [] }, link),
  ]
  for (const address of bad) {
    const broken = await openPage(browser, address)
    await expect
      .poll(() => broken.page.textContent('#error'), PATIENCE)
      .toBe('this link holds no measured results: it is cut off or damaged, so ask for it again')
    expect(await broken.page.isVisible('#kernels')).toBe(false)
    expect(await compared(broken.page)).toEqual(references)
    complaints.push(...broken.complaints)
  }
  expect([...complaints, ...other.complaints]).toEqual([])
})

test('validates the model and the bundle that lie beside it', async () => {
  const { page, complaints } = await openPage(browser, `${address}bench/`)
  await page.click('#validate button')
  await expect.poll(() => page.textContent('#verdict'), PATIENCE).toBe('All of it holds.')
  expect(complaints).toEqual([])
})
