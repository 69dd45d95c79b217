// Side by side: the real game under the same keys, or another dream from the same moment.

import type { Page } from 'playwright'
import { afterEach, beforeAll, expect, test } from 'vitest'
import { Game } from '../../arcade/game/game.ts'
import { STILLS } from '../../arcade/game/stills.ts'
import {
  frame,
  KEYS,
  keepScreenshot,
  PATIENCE,
  picture,
  played,
  press,
  startOver,
  usePage,
  visit,
} from './open_play_page.ts'

usePage()

let page: Page
let complaints: string[]
beforeAll(async () => {
  ;({ page, complaints } = await visit({ keys: KEYS }))
  await played(page, 2)
})
afterEach(() => expect(complaints).toEqual([]))

/** What the second screen shows, RGB. */
const shown = (page: Page) =>
  page.locator('#beside canvas').evaluate(element => {
    const canvas = element as HTMLCanvasElement
    const { data } = canvas.getContext('2d')!.getImageData(0, 0, canvas.width, canvas.height)
    return [...data].filter((_, i) => i % 4 !== 3)
  })

/** The game's own picture after actions. */
function real(actions: number[]): number[] {
  const { seed, heldOut, start } = STILLS[0]!
  const game = new Game(seed, { heldOut, start })
  for (const action of actions) game.step(action)
  const rgb = new Uint8Array(64 * 64 * 3)
  game.render(rgb)
  return [...rgb]
}

test('the real game runs beside the dream under the same keys, and goes back with it', async () => {
  await page.check('#wait')
  await page.click('.tile:has-text("Crayons")')
  // A drawing has no real game: one of the game's own pictures is begun with.
  await page.selectOption('#company', 'game')
  await expect.poll(() => page.getAttribute('#view', 'aria-label'), PATIENCE).toContain('Meadow')
  await expect.poll(() => page.textContent('#beside-caption'), PATIENCE).toBe('The real game')
  expect(await shown(page)).toEqual(real([]))
  await press(page, 'ArrowRight', 2)
  await page.waitForTimeout(600)
  await press(page, 'ArrowUp', 3)
  expect(await shown(page)).toEqual(real([2, 3]))
  await keepScreenshot(page, 'beside_the_game')
  await page.click('#back')
  expect(await shown(page)).toEqual(real((await frame(page)) === 2 ? [2] : []))
  await page.selectOption('#company', 'none')
  expect(await page.isVisible('#beside')).toBe(false)
})

test('another dream begins at the same moment, and goes elsewhere', async () => {
  await startOver(page)
  await page.selectOption('#company', 'dream')
  const twin = () => page.locator('#beside canvas').screenshot()
  await expect.poll(() => page.textContent('#beside-caption'), PATIENCE).toMatch(/^The same keys, seed \d+/)
  const [before, twinBefore] = [await picture(page), await twin()]
  await press(page, 'ArrowRight', 2)
  await press(page, 'ArrowRight', 3)
  await expect.poll(async () => (await twin()).equals(twinBefore), PATIENCE).toBe(false)
  expect((await picture(page)).equals(before)).toBe(false)
  await keepScreenshot(page, 'beside_another_dream')
})
