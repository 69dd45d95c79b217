// The worlds that the page offers: the shipped game first, and `weights/foundation`, which says what it is and is not.

import type { Page } from 'playwright'
import { expect, test } from 'vitest'
import { worldFor } from '../../src/play_page/worlds.ts'
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

const [GAME, ANY] = ['weights/platformer/', 'weights/foundation/']

test('a picture is played by its own world on a GPU; without one its world is named; a world of somebody else stays', () => {
  for (const kind of ['own', 'skin', 'arm', 'photo', 'drawing', 'landscape'] as const) {
    expect(worldFor(kind, GAME, false)).toEqual({ address: ANY })
    expect(worldFor(kind, GAME, true)).toMatchObject({ address: GAME, hint: expect.stringContaining('“Any picture”') })
    expect(worldFor(kind, ANY, true)).toEqual({ address: ANY })
    expect(worldFor(kind, 'https://elsewhere/world/', false)).toEqual({ address: 'https://elsewhere/world/' })
    expect(worldFor(kind, '', false)).toEqual({ address: '' })
  }
  expect(worldFor('game', ANY, false)).toEqual({ address: GAME })
})

test('without a GPU the page names the world of a picture, and plays it in the one that is loaded', async () => {
  const { page, complaints } = await visit({ address: './' })
  await played(page, 2)
  for (const [kind, count] of Object.entries({ skin: 5, arm: 3, photo: 3 }))
    await expect.poll(() => page.locator(`#pictures .group.${kind} .tile`).count(), PATIENCE).toBe(count)
  await page.locator('#pictures .group.arm .tile').first().click()
  await expect.poll(() => page.textContent('#worlds p'), PATIENCE).toContain('“Any picture”')
  expect(await page.textContent('#worlds [aria-current=page]')).toBe('The platform game')
  await expect
    .poll(() => page.getAttribute('#view', 'aria-label'), PATIENCE)
    .toBe('A world generated from the picture Table 1')
  expect(complaints).toEqual([])
  await leave(page)
})

test('with a GPU a picture is played in its own world, and the address says so', async () => {
  // The page takes its adapter for a GPU.
  const prepare = () => {
    for (const [field, value] of Object.entries({
      vendor: 'nvidia',
      architecture: 'a test',
      device: '',
      description: '',
    }))
      Object.defineProperty(GPUAdapterInfo.prototype, field, { get: () => value })
    Object.defineProperty(GPUAdapterInfo.prototype, 'isFallbackAdapter', { get: () => false })
  }
  // The tiny model stands in for both worlds: on a GPU kernels are tuned, which takes a software adapter a minute for these.
  const intercept = (page: Page) =>
    page.route(/\/weights\/(platformer|foundation)\//, route =>
      route.continue({
        url: route
          .request()
          .url()
          .replace(/weights\/\w+/, 'test/golden/tiny'),
      }),
    )
  const { page } = await visit({ address: './', prepare, intercept })
  await played(page, 1)
  await page.locator('#pictures .group.arm .tile').first().click()
  await expect.poll(() => page.textContent('#worlds [aria-current=page]'), PATIENCE).toBe('Any picture')
  await played(page, 1)
  expect(await page.getAttribute('#view', 'aria-label')).toBe('A world generated from the picture Table 1')
  expect(new URL(page.url()).searchParams.get('model')).toBe(ANY)
  expect(await page.isVisible('#error')).toBe(false)
  await leave(page)
})
