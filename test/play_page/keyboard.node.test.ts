// The keyboard on the play page: Space and buttons, text fields, Shift and CapsLock, lost focus, other layouts.

import type { Page } from 'playwright'
import { afterEach, beforeAll, expect, test } from 'vitest'
import { frame, KEYS, PATIENCE, played, press, servePage, startOver, tab, visit } from './open_play_page.ts'

servePage()

let page: Page
let complaints: string[]
beforeAll(async () => {
  ;({ page, complaints } = await visit({
    keys: KEYS,
    prepare: () => {
      const layout = new Map([
        ['KeyA', 'q'],
        ['KeyW', 'z'],
        ['KeyD', 'd'],
      ])
      Object.defineProperty(navigator, 'keyboard', { value: { getLayoutMap: async () => layout } })
    },
  }))
  await played(page, 2)
})
afterEach(() => expect(complaints).toEqual([]))

/** Waits until an action is played. */
const plays = (action: number) => expect.poll(() => page.textContent('#actions .lit b'), PATIENCE).toBe(String(action))

test('Space plays, and does not press the button that a mouse clicked last', async () => {
  await startOver(page)
  await page.click('#shuffle')
  const tiles = await page.locator('.game .tile').allTextContents()
  await press(page, ' ', 2)
  await plays(KEYS.ArrowUp)
  expect(await page.locator('.game .tile').allTextContents()).toEqual(tiles)
  // A click on the switch unchecks it. Space must not check it again.
  await page.click('label:has(#wait)')
  await page.keyboard.down(' ')
  await plays(KEYS.ArrowUp)
  await page.keyboard.up(' ')
  expect(await page.isChecked('#wait')).toBe(false)
})

test('Space presses a button that the keyboard reached', async () => {
  const levels = () =>
    page
      .locator('.game .tile canvas')
      .evaluateAll(all => all.map(canvas => (canvas as HTMLCanvasElement).toDataURL()).join())
  const before = await levels()
  await page.keyboard.press('Tab')
  await page.focus('#shuffle')
  await page.keyboard.press(' ')
  expect(await levels()).not.toBe(before)
})

test('keys typed into a field are not played', async () => {
  await tab(page, 'Sampling')
  await startOver(page)
  await page.focus('#seed')
  await page.keyboard.press('End')
  const before = await page.inputValue('#seed')
  await page.keyboard.type('35')
  expect(await page.inputValue('#seed')).toBe(`${before}35`)
  await page.keyboard.press('ArrowLeft')
  await page.focus('#view')
  // The first step is this key's.
  await press(page, 'ArrowRight', 2)
  await plays(KEYS.ArrowRight)
  await page.uncheck('#wait')
})

test('a letter plays with Shift, and is released when Shift goes first', async () => {
  await page.keyboard.down('Shift')
  await page.keyboard.down('D')
  await plays(KEYS.ArrowRight)
  await page.keyboard.up('Shift')
  await page.keyboard.up('d')
  await plays(KEYS[''])
})

test('a key is released when the window loses the focus, and when Command comes with it', async () => {
  for (const type of ['blur', 'pagehide']) {
    await page.keyboard.down('ArrowRight')
    await plays(KEYS.ArrowRight)
    await page.evaluate(type => dispatchEvent(new Event(type)), type)
    await plays(KEYS[''])
    await page.keyboard.up('ArrowRight')
  }
  await page.keyboard.down('ArrowRight')
  await plays(KEYS.ArrowRight)
  await page.keyboard.down('Meta')
  await plays(KEYS[''])
  await page.keyboard.up('Meta')
  await page.keyboard.up('ArrowRight')
})

test('a key held while a dialog opens is released', async () => {
  await page.keyboard.down('ArrowRight')
  await plays(KEYS.ArrowRight)
  await page.click('#about-open')
  await page.keyboard.up('ArrowRight')
  await page.click('#about-close')
  await plays(KEYS[''])
})

test('the hint shows the keys of a French keyboard, and they play', async () => {
  expect(await page.locator('#arrow-hint kbd').allTextContents()).toEqual(['←', '↑', '→', 'Q', 'Z', 'D'])
  const send = (type: string) =>
    page.evaluate(
      type => document.body.dispatchEvent(new KeyboardEvent(type, { key: 'q', code: 'KeyA', bubbles: true })),
      type,
    )
  await send('keydown')
  await plays(KEYS.ArrowLeft)
  await send('keyup')
  await plays(KEYS[''])
  expect(await frame(page)).toBeGreaterThan(2)
})
