// Worlds in a Worker leak nothing: RemoteWorlds loaded, played and disposed of in one Worker of a real page, and of worlds on the page.

import type { Browser, CDPSession, Page } from 'playwright'
import type { ViteDevServer } from 'vite'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { launch, openPage, serve } from '../helpers/browser_page.ts'
import { budget, PATIENCE, percent, report } from './budget.ts'

let browser: Browser
let server: ViteDevServer
let page: Page
let session: CDPSession
beforeAll(async () => {
  browser = await launch()
  const served = await serve(5338)
  server = served.server
  ;({ page } = await openPage(browser, `${served.address}test/golden/tiny/config.json`))
  session = await page.context().newCDPSession(page)
  await session.send('HeapProfiler.enable')
}, PATIENCE)
afterAll(async () => {
  await browser?.close()
  await server?.close()
})

/** Runs cycles in the page. @returns the bytes of its heap that are reachable afterwards */
async function heapAfter(cycles: number): Promise<number> {
  await page.evaluate(`(${CYCLES})(${cycles})`)
  for (let i = 0; i < 3; i++) await session.send('HeapProfiler.collectGarbage')
  const { usedSize } = (await session.send('Runtime.getHeapUsage')) as { usedSize: number }
  return usedSize
}

const CYCLES = `async cycles => {
  const { RemoteWorld } = await import('/src/worker/remote_world.ts')
  globalThis.worker ??= new Worker('/src/worker/host.ts', { type: 'module' })
  for (let i = 0; i < cycles; i++) {
    const world = await RemoteWorld.load(globalThis.worker, '/test/golden/tiny/')
    const { height, width } = world.config.frame
    await world.prompt({ width, height, data: new Uint8Array(4 * width * height).fill(99) })
    world.step(1)
    const twin = await world.fork()
    await twin.tokens()
    twin.dispose()
    await world.tokens()
    world.dispose()
  }
}`

const COUNT = 10
test(
  `${COUNT} worlds in a Worker`,
  async () => {
    const goesOn = budget('workers', COUNT)
    const before = await heapAfter(COUNT)
    let cycles = 0
    let after = before
    for (; goesOn(cycles); cycles += COUNT) after = await heapAfter(COUNT)
    const growth = 100 * (after / before - 1)
    expect(growth).toBeLessThan(2)
    report('load, play, fork, dispose in a Worker', cycles, `JS heap of the page ${percent(growth)}`)
  },
  PATIENCE,
)
