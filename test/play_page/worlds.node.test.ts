// The worlds that the page offers: the shipped game first, and `weights/foundation`, which says what it is and is not.

import { expect, test } from 'vitest'
import { frame, leave, PATIENCE, picture, played, press, servePage, startOver, visit } from './open_play_page.ts'

servePage()

test('any picture becomes a world of the foundation model, which moves with the arrow keys', async () => {
  const { page, complaints } = await visit({ address: '?model=weights/foundation/' })
  expect(await page.textContent('#worlds [aria-current=page]')).toBe('Any picture')
  expect(await page.textContent('#worlds p')).toMatch(/^Not a game yet/)
  await played(page, 2)
  await startOver(page)
  const before = await picture(page)
  await press(page, 'ArrowRight', 2)
  await press(page, 'ArrowRight', 3)
  expect((await picture(page)).equals(before)).toBe(false)
  expect(await frame(page)).toBe(3)
  expect(complaints).toEqual([])
  await leave(page)
})

test('a link leads from the game to it and back', async () => {
  const { page } = await visit()
  expect(await page.locator('#worlds [aria-current]').count()).toBe(0) // the page plays another model
  await page.click('#worlds a:has-text("Any picture")')
  await expect.poll(() => page.textContent('#worlds [aria-current=page]'), PATIENCE).toBe('Any picture')
  await page.click('#worlds a:has-text("The platform game")')
  await expect.poll(() => page.textContent('#worlds [aria-current=page]'), PATIENCE).toBe('The platform game')
  await leave(page)
})
