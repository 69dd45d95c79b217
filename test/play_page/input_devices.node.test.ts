// Touch, gamepad, and rebinding of keys.

import type { Page } from 'playwright'
import { afterEach, beforeAll, describe, expect, test } from 'vitest'
import { keep } from '../helpers/browser_page.ts'
import {
  frame,
  KEYS,
  leave,
  PATIENCE,
  PHONE,
  picture,
  played,
  press,
  servePage,
  startOver,
  tab,
  visit,
} from './open_play_page.ts'

servePage()

test('touch arrows play on a phone, and starting over with the same seed gives the same frame', async () => {
  const { page, complaints } = await visit({ keys: KEYS, context: PHONE })
  await played(page, 2)
  expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(390)
  const frames: Buffer[] = []
  for (let i = 0; i < 2; i++) {
    await startOver(page)
    await page.tap('.pads button[data-key=ArrowUp]')
    await expect.poll(() => frame(page), PATIENCE).toBe(2)
    expect(await page.textContent('#actions .lit b')).toBe('4')
    frames.push(await picture(page))
  }
  expect(frames[0]!.equals(frames[1]!)).toBe(true)
  expect(complaints).toEqual([])
  await leave(page)
})

describe('on a desktop', () => {
  let page: Page
  let complaints: string[]
  beforeAll(async () => {
    ;({ page, complaints } = await visit({ keys: KEYS }))
    await played(page, 2)
  })
  afterEach(() => expect(complaints).toEqual([]))

  // The tests have no gamepad: they replace what the browser reports.
  test('a gamepad plays: directional pad, stick and button', async () => {
    await page.evaluate(() => {
      Object.assign(globalThis, { pads: [] })
      navigator.getGamepads = () => (globalThis as unknown as { pads: Gamepad[] }).pads
    })
    await startOver(page)
    const hold = (buttons: number[], axes: number[]) =>
      page.evaluate(
        ([down, axes]) => {
          const buttons = Array.from({ length: 17 }, (_, i) => ({
            pressed: down.includes(i),
            touched: false,
            value: 0,
          }))
          Object.assign(globalThis, { pads: [{ buttons, axes }, null] })
          dispatchEvent(new Event('gamepadconnected'))
        },
        [buttons, axes] as const,
      )
    for (const [i, [buttons, axes, action]] of (
      [
        [[], [0.9, 0], 2],
        [[14], [0, 0], 0],
        [[0], [0, 0], 4],
      ] as [number[], number[], number][]
    ).entries()) {
      await hold(buttons, axes)
      await expect.poll(() => frame(page), PATIENCE).toBe(i + 2)
      expect(await page.textContent('#actions .lit b')).toBe(String(action))
      await hold([], [0, 0])
    }
  })

  test('an action is tried and bound to a key, which a reload keeps and a reset removes', async () => {
    await page.uncheck('#wait')
    await tab(page, 'Keys')
    const row = page.locator('#keys li').nth(3)
    await row.locator('button').click()
    await expect.poll(() => page.textContent('#actions .lit b'), PATIENCE).toBe('3')
    await keep(page, 'play_page/keys')
    await page.keyboard.press('X')
    expect(await row.textContent()).toContain('x')
    await startOver(page)
    await press(page, 'x', 2)
    expect(await page.textContent('#actions .lit b')).toBe('3')

    await page.reload()
    await played(page, 2)
    await tab(page, 'Keys')
    expect(await row.textContent()).toContain('x')
    await row.locator('button').click()
    await page.keyboard.press('Escape')
    await page.click('#reset-keys')
    expect(await row.textContent()).not.toContain('x')
  })

  test('two keys together, and no key, can be bound', async () => {
    await tab(page, 'Keys')
    const row = page.locator('#keys li').nth(5)
    await row.locator('button').first().click()
    await page.keyboard.down('ArrowLeft')
    await page.keyboard.down('ArrowUp')
    await page.keyboard.up('ArrowUp')
    await page.keyboard.up('ArrowLeft')
    expect(await row.textContent()).toContain('←↑')
    await row.locator('button').first().click()
    await row.locator('p button').click()
    expect(await row.textContent()).toContain('no key')
  })
})

test('what each action does is said, and those that do the same are one button and one row', async () => {
  const actions = ['goes left, 2.0 px', 'still', 'goes right, 2.0 px', 'like 1', 'rises, 1.0 px', 'like 2']
  const { page, complaints } = await visit({ keys: { ...KEYS, x: 5 }, actions })
  await played(page, 2)
  await tab(page, 'Keys')
  const described = [
    'still; 3 does the same',
    'goes left, 2.0 px',
    'goes right, 2.0 px; 5 does the same',
    'rises, 1.0 px',
  ]
  // In the order of what they do.
  expect(await page.locator('#keys li b').allTextContents()).toEqual(['1', '0', '2', '4'])
  expect(await page.locator('#keys li span').allTextContents()).toEqual(['no key', '←', '→ x', '↑'])
  expect(await page.locator('#keys li small').allTextContents()).toEqual(described)
  expect(await page.locator('#actions button b').allTextContents()).toEqual(['1', '0', '2', '4'])
  const third = page.locator('#actions button').nth(2)
  expect(await third.getAttribute('title')).toBe(described[2])
  expect(await third.getAttribute('aria-label')).toBe(`Latent action 2, → x, ${described[2]}`)
  await keep(page, 'play_page/keys_with_words')
  // The digit still plays the action that has no button.
  await page.uncheck('#wait')
  await page.keyboard.down('5')
  await expect.poll(() => page.textContent('#actions .lit b'), PATIENCE).toBe('2')
  expect(await page.locator('.pads .lit').getAttribute('data-key')).toBe('ArrowRight')
  await page.keyboard.up('5')
  // Another key goes to the row's action.
  const row = page.locator('#keys li').nth(2)
  await row.locator('button').click()
  await page.keyboard.press('y')
  expect(await row.locator('span').textContent()).toBe('→ x y')
  expect(complaints).toEqual([])
  await leave(page)
})
