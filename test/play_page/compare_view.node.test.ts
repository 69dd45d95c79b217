// The compared screen: the real game under the same keys, or the same world with another seed.

import type { Page } from 'playwright'
import { afterEach, beforeAll, expect, test } from 'vitest'
import { Game } from '../../arcade/game/game.ts'
import { STILLS } from '../../arcade/game/stills.ts'
import { keep } from '../helpers/browser_page.ts'
import { frame, KEYS, PATIENCE, picture, played, press, servePage, startOver, visit } from './open_play_page.ts'

servePage()

let page: Page
let complaints: string[]
beforeAll(async () => {
  ;({ page, complaints } = await visit({ keys: KEYS }))
  await played(page, 2)
})
afterEach(() => expect(complaints).toEqual([]))

/** The second screen's pixels, RGB. */
const shown = (page: Page) =>
  page.locator('#compare canvas').evaluate(element => {
    const canvas = element as HTMLCanvasElement
    const { data } = canvas.getContext('2d')!.getImageData(0, 0, canvas.width, canvas.height)
    return [...data].filter((_, i) => i % 4 !== 3)
  })

/** The game's frame after actions, RGB. */
function real(actions: number[]): number[] {
  const { seed, heldOut, start } = STILLS[0]!
  const game = new Game(seed, { heldOut, start })
  for (const action of actions) game.step(action)
  const rgb = new Uint8Array(64 * 64 * 3)
  game.render(rgb)
  return [...rgb]
}

test('the real game runs beside the world under the same keys, and goes back with it', async () => {
  await page.check('#wait')
  await page.click('.tile:has-text("Crayons")')
  // A sketch has no real game, so the page starts from one of the game's own pictures.
  await page.selectOption('#compare-mode', 'game')
  await expect.poll(() => page.getAttribute('#view', 'aria-label'), PATIENCE).toContain('Meadow')
  await expect.poll(() => page.textContent('#compare figcaption'), PATIENCE).toBe('The real game')
  expect(await shown(page)).toEqual(real([]))
  // The film strip takes a frame after five others at the latest.
  const right = [2, 2, 2, 2, 2]
  for (const [i] of right.entries()) await press(page, 'ArrowRight', i + 2)
  await press(page, 'ArrowUp', 7)
  expect(await shown(page)).toEqual(real([...right, 3]))
  await keep(page, 'play_page/compare_game')
  await page.click('#back')
  const back = await frame(page)
  expect(back).toBeLessThan(7)
  expect(await shown(page)).toEqual(real(right.slice(0, back - 1)))
  await page.selectOption('#compare-mode', 'none')
  expect(await page.isVisible('#compare')).toBe(false)
})

test('the same world with another seed starts at the same frame, and differs from then on', async () => {
  await startOver(page)
  await page.selectOption('#compare-mode', 'seed')
  const twin = () => page.locator('#compare canvas').screenshot()
  await expect.poll(() => page.textContent('#compare figcaption'), PATIENCE).toMatch(/^The same keys, seed \d+/)
  const [before, twinBefore] = [await picture(page), await twin()]
  await press(page, 'ArrowRight', 2)
  await press(page, 'ArrowRight', 3)
  await expect.poll(async () => (await twin()).equals(twinBefore), PATIENCE).toBe(false)
  expect((await picture(page)).equals(before)).toBe(false)
  await keep(page, 'play_page/compare_seed')
})
