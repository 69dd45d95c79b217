// Before the user plays: the demo with its keys, a still picture for reduced motion, and a poster while the model loads.

import type { Page } from 'playwright'
import { expect, test } from 'vitest'
import { keep } from '../helpers/browser_page.ts'
import { animationFrames, frame, KEYS, leave, PATIENCE, PHONE, played, servePage, visit } from './open_play_page.ts'

servePage()

const litKeys = '.demo kbd.lit'

test('the world plays itself, shows the keys that it holds, and stops at the first key', async () => {
  const { page, complaints } = await visit({ keys: KEYS })
  await page.waitForFunction(selector => document.querySelector(selector)?.textContent === '→', litKeys, PATIENCE)
  await expect.poll(() => page.textContent('#actions .lit b'), PATIENCE).toBe(String(KEYS.ArrowRight))
  expect(await page.locator('.demo kbd').allTextContents()).toEqual(['←', '→', '↑'])
  await keep(page, 'play_page/demo')
  await page.keyboard.down('ArrowLeft')
  await expect.poll(() => page.isVisible('#demo'), PATIENCE).toBe(false)
  await expect.poll(() => page.textContent('#actions .lit b'), PATIENCE).toBe(String(KEYS.ArrowLeft))
  await page.keyboard.up('ArrowLeft')
  await expect.poll(() => page.textContent('#actions .lit b'), PATIENCE).toBe(String(KEYS['']))
  expect(complaints).toEqual([])
  await leave(page)
})

test('a touch stops the demo, and plays', async () => {
  const { page } = await visit({ keys: KEYS, context: PHONE })
  await page.waitForSelector('#demo:not([hidden])')
  await keep(page, 'play_page/demo_phone')
  const button = page.locator('.pads button[data-key=ArrowUp]')
  await button.dispatchEvent('pointerdown', { pointerId: 1, isPrimary: true })
  await expect.poll(() => page.isVisible('#demo'), PATIENCE).toBe(false)
  await expect.poll(() => page.textContent('#actions .lit b'), PATIENCE).toBe(String(KEYS.ArrowUp))
  await leave(page)
})

test('a gamepad stops the demo, and plays', async () => {
  const { page } = await visit({ keys: KEYS })
  await page.waitForSelector('#demo:not([hidden])')
  await page.evaluate(() => {
    const up = {
      buttons: Array.from({ length: 17 }, (_, i) => ({ pressed: i === 0, touched: false, value: 0 })),
      axes: [0, 0],
    }
    navigator.getGamepads = () => [up as unknown as Gamepad]
    dispatchEvent(new Event('gamepadconnected'))
  })
  await expect.poll(() => page.isVisible('#demo'), PATIENCE).toBe(false)
  await expect.poll(() => page.textContent('#actions .lit b'), PATIENCE).toBe(String(KEYS.ArrowUp))
  await leave(page)
})

test('with reduced motion the picture stands still until the first key, and then the world runs', async () => {
  const { page } = await visit({ keys: KEYS, context: { reducedMotion: 'reduce' } })
  await page.waitForSelector('#view[aria-busy=false]')
  await animationFrames(page)
  expect(await page.textContent('#frame')).toBe('–')
  expect(await page.isVisible('#demo')).toBe(false)
  await page.keyboard.press('ArrowRight')
  await played(page, 4)
  await leave(page)
})

test('while the model loads the screen shows the picture', async () => {
  let answer = () => undefined as unknown
  const mayAnswer = new Promise<void>(resolve => {
    answer = resolve
  })
  const { page } = await visit({
    intercept: page =>
      page.route('**/config.json', async route => {
        await mayAnswer
        await route.continue()
      }),
  })
  await page.waitForSelector('.tile canvas')
  const poster = await page.locator('#view').evaluate(view => getComputedStyle(view).backgroundImage)
  const first = await page
    .locator('.tile canvas')
    .first()
    .evaluate(canvas => `url("${(canvas as HTMLCanvasElement).toDataURL()}")`)
  expect(poster).toBe(first)
  await keep(page, 'play_page/poster')
  answer()
  await played(page, 2)
  expect(await frame(page)).toBeGreaterThanOrEqual(2)
  await leave(page)
})

/** The animation that the screen shows, if it shows one. */
const animation = (page: Page) =>
  page.locator('#view').evaluate(view => getComputedStyle(view).backgroundImage.match(/[^"]*play[^"]*\.gif/)?.[0])

/** Opens the page with the shipped world, whose config is not answered: it keeps loading. */
const visitLoading = (context = {}) =>
  visit({ address: '', context, intercept: page => page.route('**/config.json', () => {}) })

test('while the first world loads the screen shows an animation of it, until another picture is chosen', async () => {
  const { page } = await visitLoading()
  await page.waitForSelector('#animation-note:not([hidden])')
  const address = (await animation(page))!
  expect((await page.request.get(address)).headers()['content-type']).toBe('image/gif')
  await keep(page, 'play_page/animation')
  await page.locator('.tile').nth(1).click()
  expect(await animation(page)).toBeUndefined()
  expect(await page.isVisible('#animation-note')).toBe(false)
  await leave(page)
})

test('with reduced motion the picture stands still while the first world loads', async () => {
  const { page } = await visitLoading({ reducedMotion: 'reduce' })
  await page.waitForSelector('.tile canvas')
  await animationFrames(page)
  expect(await animation(page)).toBeUndefined()
  expect(await page.isVisible('#animation-note')).toBe(false)
  await leave(page)
})
