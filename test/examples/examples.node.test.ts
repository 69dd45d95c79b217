// The examples, served as `npm start` serves them, opened in a real browser and played.

import { readFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import type { Browser, Locator, Page } from 'playwright'
import type { ViteDevServer } from 'vite'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { keep, launch, openPage, PATIENCE, ROOT, serve } from '../helpers/browser_page.ts'

const KEYS = { '': 1, ArrowLeft: 0, ArrowRight: 2, ArrowUp: 4 }

let server: ViteDevServer
let address: string
let browser: Browser
beforeAll(async () => {
  ;({ server, address } = await serve(5311))
  browser = await launch()
})
afterEach(() => Promise.all(browser.contexts().map(context => context.close())))
afterAll(async () => {
  await browser?.close()
  await server?.close()
})

/** Opens an example with the golden tiny model in place of the shipped one: its frames show nothing, but they come fast. */
const open = (name: string) =>
  openPage(browser, `${address}examples/${name}/`, {
    context: { viewport: { width: 960, height: 640 }, reducedMotion: 'reduce' },
    prepare: page =>
      page.route(/weights\/platformer\/[^/]+\.(json|safetensors)$/, async route => {
        const file = basename(new URL(route.request().url()).pathname)
        const path = join(ROOT, 'test/golden/tiny', file)
        if (file !== 'config.json') return route.fulfill({ path })
        return route.fulfill({ json: { ...JSON.parse(await readFile(path, 'utf8')), keys: KEYS } })
      }),
  })
const frameOf = async (page: Page) => Number((await page.getAttribute('body', 'data-frame')) ?? 0)

/** Waits for another picture than `before`. */
async function changed(what: Locator, before: Buffer): Promise<void> {
  await expect.poll(async () => (await what.screenshot()).equals(before), PATIENCE).toBe(false)
}

/** Waits until a page has counted `more` frames from now on. */
async function played(page: Page, more: number): Promise<void> {
  const target = (await frameOf(page)) + more
  await expect.poll(() => frameOf(page), PATIENCE).toBeGreaterThanOrEqual(target)
}

const nextAction = (host: Element) =>
  new Promise<number>(resolve =>
    host.addEventListener('frame', event => resolve((event as CustomEvent).detail.action), { once: true }),
  )

test('plain: HTML alone plays', async () => {
  const { page, complaints } = await open('plain')
  const element = page.locator('djinn-world')
  expect(await element.evaluate(nextAction)).toBe(KEYS[''])
  const first = await element.screenshot()
  await element.focus()
  await page.keyboard.down('ArrowRight')
  const actions = new Set<number>()
  await expect
    .poll(async () => actions.add(await element.evaluate(nextAction)).has(KEYS.ArrowRight), PATIENCE)
    .toBe(true)
  await changed(element, first)
  await keep(page, 'example_plain')
  expect(complaints).toEqual([])
})

test('three: the cabinet’s screen shows the world, on one device with the room', async () => {
  const { page, complaints } = await open('three')
  const room = page.locator('#room')
  await page.keyboard.down('ArrowRight') // the stick leans once, and the camera is calm: what changes then is the world
  await played(page, 2)
  const first = await room.screenshot()
  await played(page, 3)
  await changed(room, first)
  await keep(page, 'example_three')
  expect(complaints).toEqual([])
})

test('phaser: the level turns into its generated world while D is held', async () => {
  const { page, complaints } = await open('phaser')
  await expect.poll(() => page.getAttribute('body', 'data-state'), PATIENCE).toBe('game')
  await page.evaluate(async () => {
    // The character falls to the ground.
    for (let i = 0; i < 60; i++) await new Promise(requestAnimationFrame)
  })
  await keep(page, 'example_phaser_game')
  const view = page.locator('#generated')
  await page.keyboard.down('d')
  await expect.poll(() => page.getAttribute('body', 'data-state'), PATIENCE).toBe('world')
  await page.evaluate(() => Promise.all(document.getAnimations().map(animation => animation.finished))) // the fade
  const first = await view.screenshot()
  await page.keyboard.down('ArrowRight')
  await played(page, 3)
  await changed(view, first)
  await keep(page, 'example_phaser_world')
  await page.keyboard.up('d')
  expect(await page.getAttribute('body', 'data-state')).toBe('game')
  expect(complaints).toEqual([])
})

test('worker: frames come, and the page shows what they cost its own thread', async () => {
  const { page, complaints } = await open('worker')
  await played(page, 2)
  const view = page.locator('#view')
  const first = await view.screenshot()
  await page.keyboard.down('ArrowRight')
  await played(page, 3)
  await changed(view, first)
  await keep(page, 'example_worker')
  // How much that may be is held in test/worker, where what other processes take is told apart.
  expect(await page.textContent('#help')).toMatch(
    /^Arrow keys play\. Frame \d+\. This thread spent at most [\d.]+ ms per frame/,
  )
  expect(complaints).toEqual([])
})

test('react: the component plays, counts frames, and takes another seed', async () => {
  const { page, complaints } = await open('react')
  const element = page.locator('djinn-world')
  await played(page, 2)
  await element.focus()
  await page.keyboard.down('ArrowRight')
  await expect.poll(() => element.evaluate(nextAction), PATIENCE).toBe(KEYS.ArrowRight)
  await keep(page, 'example_react')
  await page.click('button')
  await expect.poll(() => element.getAttribute('seed')).toBe('2')
  await page.waitForFunction(() => document.body.dataset.frame === '2')
  expect(await page.textContent('#root p')).toMatch(/^Seed 2, frame \d+$/)
  expect(complaints).toEqual([])
})

test('sprite: the world is drawn in the bubbles, and its pixels depend on the key', async () => {
  const { page, complaints } = await open('sprite')
  await played(page, 2)
  const game = page.locator('#game')
  const first = await game.screenshot()
  await page.keyboard.down('ArrowRight')
  await played(page, 3)
  await changed(game, first)
  await keep(page, 'example_sprite')
  expect(complaints).toEqual([])
})

test('the index has a picture, a line and the source of every example', async () => {
  const { page, complaints } = await openPage(browser, `${address}examples/`)
  const articles = await page.locator('article').all()
  expect(articles).toHaveLength(6)
  for (const article of articles) {
    await article.locator('img').evaluate((image: HTMLImageElement) => image.decode())
    expect((await article.locator('p').textContent())!.length).toBeGreaterThan(20)
    await article.locator('summary').click()
    await expect.poll(() => article.locator('pre').textContent(), PATIENCE).toMatch(/djinn/)
    await article.locator('summary').click()
    const path = await article.locator('a').getAttribute('href')
    expect((await page.request.get(`${address}examples/${path}`)).ok()).toBe(true)
  }
  await keep(page, 'examples')
  expect(complaints).toEqual([])
})

test.each(['plain', 'react', 'sprite', 'three', 'phaser', 'worker'])('%s: without WebGPU it says so', async name => {
  const { page } = await openPage(browser, `${address}examples/${name}/`, {
    prepare: page => page.addInitScript(() => void Reflect.deleteProperty(Navigator.prototype, 'gpu')),
  })
  const text = () =>
    page.evaluate(() => {
      const element = document.querySelector('djinn-world')?.shadowRoot?.querySelector('[role=alert]')
      return (element ?? document.getElementById('help'))?.textContent
    })
  await expect.poll(text, PATIENCE).toMatch(/WebGPU.*Chrome/)
  // No spinner, canvas or empty frame is left.
  if (name !== 'plain') expect(await page.isVisible('main > :not(h1, #help)')).toBe(false)
  await keep(page, `example_${name}_without_webgpu`)
})
