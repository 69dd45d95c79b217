// The benchmark page's "how large a world": it says what it measures and how far it is, can be stopped, gives a file that the reference
// adapters accept, and a link that shows the same.

import type { Browser } from 'playwright'
import type { ViteDevServer } from 'vite'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { AdapterFile } from '../../src/world/adapters.ts'
import { keep, launch, openPage, PATIENCE, serve } from '../helpers/browser_page.ts'

let server: ViteDevServer
let address: string
let browser: Browser
beforeAll(async () => {
  ;({ server, address } = await serve(5343))
  browser = await launch()
})
afterAll(async () => {
  await browser?.close()
  await server?.close()
})

test('measures with progress, stops when told, and its link and JSON hold the result', async () => {
  const context = { viewport: { width: 1200, height: 900 }, permissions: ['clipboard-read', 'clipboard-write'] }
  const { page, complaints } = await openPage(browser, `${address}bench/`, { context })
  const line = page.locator('#cost-line')
  const copied = async (): Promise<AdapterFile> => {
    await page.click('#cost-json')
    await expect.poll(() => line.textContent()).toMatch(/JSON is on the clipboard/)
    return JSON.parse(await page.evaluate(() => navigator.clipboard.readText()))
  }
  // Stopped at once, and stopped again when a result can be given: what was measured is kept.
  await page.click('#cost-start')
  await expect.poll(() => line.textContent()).toMatch(/^1 of \d+: \d+ tokens, width \d+/)
  await page.click('#cost-stop')
  await expect
    .poll(() => line.textContent())
    .toMatch(/^Stopped: [0-4] sizes? measured of the 5 that a result needs\. “Continue” measures the rest\.$/)
  expect(await page.isVisible('#cost-results')).toBe(false)
  expect(await page.textContent('#cost-start')).toBe('Continue')
  await page.click('#cost-start')
  await expect.poll(() => line.textContent()).toMatch(/^([6-9]|1\d) of \d+: /)
  await page.click('#cost-stop')
  await expect.poll(() => line.textContent()).toMatch(/^Stopped: \d+ sizes measured\. “Continue” measures the rest\.$/)
  const part = await copied()
  expect(part.points.length).toBeGreaterThanOrEqual(5)
  await keep(page, 'bench_sizes_stopped')

  await page.click('#cost-start')
  await expect.poll(() => line.textContent()).toMatch(/^\d+ sizes measured\.$/)
  expect(await page.textContent('#cost-start')).toBe('Measure sizes')
  const file = await copied()
  expect(file.points.slice(0, part.points.length)).toEqual(part.points)
  expect(file.format).toBe('djinn-adapter-1')
  await page.click('#cost-markdown')
  await expect
    .poll(() => page.evaluate(() => navigator.clipboard.readText()))
    .toContain(`| ${file.name}, ${file.precision} |`)
  const shown = await page.textContent('#cost-rows tr')
  await keep(page, 'bench_sizes')
  await page.click('#cost-link')
  await expect.poll(() => line.textContent()).toMatch(/link is on the clipboard/)
  const link = await page.evaluate(() => navigator.clipboard.readText())
  const other = await openPage(browser, link)
  const name = `${file.name}, ${file.precision}`
  await expect
    .poll(() => other.page.textContent('#cost-rows tr'), PATIENCE)
    .toBe(shown!.replace(name, `${name} (from a link)`))
  expect(await other.page.textContent('#cost-line')).toMatch(`From a link, not measured by this page: ${file.name} on `)
  const broken = await openPage(browser, `${address}bench/#adapter=abc`)
  await expect
    .poll(() => broken.page.textContent('#cost-line'), PATIENCE)
    .toMatch(/^this link holds no measured adapter: it is cut off or damaged/)
  expect([...complaints, ...other.complaints, ...broken.complaints]).toEqual([])
})
