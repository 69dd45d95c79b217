// The play page as a person meets it: served as `npm start` serves it, opened in Chromium, clicked and typed at. The
// golden tiny model stands for a world: its frames are no picture of anything, but they come fast.

import { fileURLToPath } from 'node:url'
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright'
import { createServer, type ViteDevServer } from 'vite'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { browserArguments, findBrowser } from '../../bin/browser.mjs'

const root = fileURLToPath(new URL('../..', import.meta.url))
const PATIENCE = { timeout: 30_000 } // a software adapter compiles slowly
const KEYS = { '': 1, ArrowLeft: 0, ArrowRight: 2, ArrowUp: 4 }

let server: ViteDevServer
let browser: Browser

beforeAll(async () => {
  server = await createServer({ root, server: { port: 5301, hmr: false }, logLevel: 'error' })
  await server.listen()
  browser = await chromium.launch({ executablePath: findBrowser(), args: browserArguments() })
})

// A page left open would go on playing, and share the adapter with the next.
afterEach(() => Promise.all(browser.contexts().map(context => context.close())))

afterAll(async () => {
  await browser?.close()
  await server?.close()
})

interface Opened {
  page: Page
  /** What the console called an error, and what was thrown and not caught. */
  complaints: string[]
}

interface Visit {
  address?: string
  keys?: Record<string, number>
  prepare?: () => void // runs in the page before its own scripts
  context?: BrowserContextOptions
}

async function open({ address = '?model=test/golden/tiny/', keys, prepare, context }: Visit = {}): Promise<Opened> {
  const page = await (await browser.newContext(context)).newPage()
  page.setDefaultTimeout(PATIENCE.timeout)
  const complaints: string[] = []
  page.on('console', message => message.type() === 'error' && complaints.push(message.text()))
  page.on('pageerror', error => complaints.push(error.message))
  if (prepare) await page.addInitScript(prepare)
  if (keys) {
    await page.route('**/config.json', async route => {
      if (route.request().method() !== 'GET') return route.continue()
      const config = await (await route.fetch()).json()
      await route.fulfill({ json: { ...config, keys } })
    })
  }
  await page.goto(server.resolvedUrls!.local[0] + address)
  return { page, complaints }
}

const frame = async (page: Page) => Number(await page.textContent('#frame'))
const picture = (page: Page) => page.locator('#view').screenshot()

/** Waits until the readout has counted to `least`. */
async function played(page: Page, least: number): Promise<void> {
  await expect.poll(() => frame(page), PATIENCE).toBeGreaterThanOrEqual(least)
}

test('opens, plays by itself, names its adapter, and complains of nothing', async () => {
  const { page, complaints } = await open()
  await played(page, 4)
  expect(Number(await page.textContent('#rate'))).toBeGreaterThan(0)
  expect(Number(await page.textContent('#milliseconds'))).toBeGreaterThan(0)
  expect(await page.textContent('#adapter')).toMatch(/\S+.* · f(16|32)/)
  expect(await page.isVisible('#cover')).toBe(false)
  expect(complaints).toEqual([])
})

test('plays the shipped world, with arrow keys', async () => {
  const { page, complaints } = await open({ address: '' })
  await expect.poll(() => frame(page), { timeout: 90_000 }).toBeGreaterThanOrEqual(2)
  expect(await page.isVisible('#arrows')).toBe(true)
  expect(complaints).toEqual([])
})

test('a picked picture starts a new dream, and a key press plays its latent action', async () => {
  const { page, complaints } = await open({ keys: KEYS })
  await played(page, 3)
  await page.check('#wait')
  await page.click('.tile:has-text("Crayons")')
  expect(await page.getAttribute('.tile:has-text("Crayons")', 'aria-pressed')).toBe('true')
  await expect.poll(() => page.getAttribute('#view', 'aria-label'), PATIENCE).toContain('Crayons')
  expect(await page.textContent('#frame')).toBe('–')
  const prompted = await picture(page)

  await page.keyboard.press('ArrowRight')
  await expect.poll(() => frame(page), PATIENCE).toBe(2)
  expect(await page.textContent('#actions .lit b')).toBe('2')
  const after = await picture(page)
  expect(after.equals(prompted)).toBe(false)

  await page.waitForTimeout(400)
  expect(await frame(page)).toBe(2)
  expect((await picture(page)).equals(after)).toBe(true)

  await page.keyboard.press('5')
  await expect.poll(() => frame(page), PATIENCE).toBe(3)
  expect(await page.textContent('#actions .lit b')).toBe('5')
  expect(complaints).toEqual([])
})

test('a held pad plays on a phone, and starting over with the same seed dreams the same frame', async () => {
  const phone = { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true }
  const { page, complaints } = await open({ keys: KEYS, context: phone })
  await played(page, 3)
  expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(390)
  await page.check('#wait')
  const dreams: Buffer[] = []
  for (let i = 0; i < 2; i++) {
    await page.click('#reset')
    expect(await page.textContent('#frame')).toBe('–')
    await page.tap('.pads button[data-key=ArrowUp]')
    await expect.poll(() => frame(page), PATIENCE).toBe(2)
    expect(await page.textContent('#actions .lit b')).toBe('4')
    dreams.push(await picture(page))
  }
  expect(dreams[0]!.equals(dreams[1]!)).toBe(true)
  expect(complaints).toEqual([])
})

test('a file that is no picture is one sentence, and the dream goes on', async () => {
  const { page } = await open()
  await played(page, 3)
  const file = { name: 'notes.txt', mimeType: 'text/plain', buffer: Buffer.from('no picture') }
  await page.setInputFiles('#file', file)
  await expect.poll(() => page.textContent('#error')).toMatch(/^notes\.txt is not a picture/)
  await played(page, (await frame(page)) + 2)
})

test('an own picture joins the wall and is dreamed from', async () => {
  const { page, complaints } = await open()
  const buffer = await page.locator('.tile.photo canvas').screenshot()
  await played(page, 3)
  await page.setInputFiles('#file', { name: 'evening.png', mimeType: 'image/png', buffer })
  await expect.poll(() => page.getAttribute('.tile.own', 'aria-pressed')).toBe('true')
  await expect.poll(() => page.getAttribute('#view', 'aria-label'), PATIENCE).toContain('evening.png')
  await played(page, 3)
  expect(complaints).toEqual([])
})

test('a lost device is said, and the world made anew by itself', async () => {
  const keepDevices = () => {
    const devices: GPUDevice[] = []
    const request = GPUAdapter.prototype.requestDevice
    GPUAdapter.prototype.requestDevice = async function (descriptor) {
      const device = await request.call(this, descriptor)
      devices.push(device)
      return device
    }
    Object.assign(globalThis, { devices })
  }
  const { page } = await open({ prepare: keepDevices })
  await played(page, 3)
  await page.evaluate('devices[0].destroy()')
  await expect.poll(() => page.textContent('#error'), PATIENCE).toMatch(/lost the graphics device/)
  await page.waitForFunction("devices.length === 2 && document.getElementById('cover').hidden")
  await played(page, 3)
})

test('a model that is not there is one sentence', async () => {
  const { page } = await open({ address: '?model=nowhere/' })
  await expect.poll(() => page.textContent('#error'), PATIENCE).toMatch(/nowhere\/config\.json could not be fetched/)
  expect(await page.isVisible('#cover')).toBe(false)
})

test('without WebGPU the page says what would help, and still shows its pictures', async () => {
  const { page, complaints } = await open({ prepare: () => Reflect.deleteProperty(Navigator.prototype, 'gpu') })
  await expect.poll(() => page.isVisible('#help')).toBe(true)
  expect(await page.textContent('#help-title')).toBe('This browser has no WebGPU.')
  expect(await page.textContent('#help-steps')).toContain('Chrome')
  const before = await picture(page)
  await page.click('.tile:has-text("Chalk")')
  expect((await picture(page)).equals(before)).toBe(false)
  expect(complaints).toEqual([])
})

test('without an adapter it says that, too', async () => {
  const { page } = await open({ prepare: () => Object.assign(GPU.prototype, { requestAdapter: async () => null }) })
  await expect.poll(() => page.isVisible('#help'), PATIENCE).toBe(true)
  expect(await page.textContent('#help-title')).toContain('no graphics adapter')
})
