// A share link opens as a replay: it plays, pauses, seeks, and a key takes over. It shows a picture before the first frame.

import type { Page } from 'playwright'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { encodeRecording } from '../../src/world/recording.ts'
import { keep } from '../helpers/browser_page.ts'
import {
  animationFrames,
  frame,
  KEYS,
  leave,
  PATIENCE,
  picture,
  played,
  servePage,
  TINY,
  tab,
  visit,
} from './open_play_page.ts'

servePage()

/** A link of version 1 as this page made it on 29 November 2026: ten actions, the last two with another seed. */
const LINK =
  '#dream=AQR0aW55gSAQAxgRBwhQAxgRBwhRR9AIz_wAAAAAAAAP_AAAAAAAAA_8AAAAAAAACiEQIhAEEJxn_gAAAAAAAAf-AAAAAAAAB_4AAAAAAAABII'
const FRAMES = 11

const text = (page: Page) => page.textContent('#replay-text')
const poster = (page: Page) => page.locator('#view').evaluate(view => getComputedStyle(view).backgroundImage)
const canvasOf = (page: Page, name: string) =>
  page
    .locator(`.tile:has-text("${name}") canvas`)
    .evaluate(canvas => `url("${(canvas as HTMLCanvasElement).toDataURL()}")`)

async function seek(page: Page, to: number): Promise<Buffer> {
  await page.locator('#replay-at').evaluate((slider, to) => {
    ;(slider as HTMLInputElement).value = String(to)
    slider.dispatchEvent(new Event('input', { bubbles: true }))
  }, to)
  await expect.poll(() => text(page), PATIENCE).toBe(`${to} / ${FRAMES}`)
  return picture(page)
}

describe('a link made today', () => {
  let page: Page
  let complaints: string[]
  let end: Buffer
  beforeAll(async () => {
    ;({ page, complaints } = await visit({ address: `${TINY}${LINK}`, keys: KEYS }))
  })
  afterAll(() => leave(page))

  test('replays to its end and stops there', async () => {
    await expect.poll(() => text(page), PATIENCE).toBe(`${FRAMES} / ${FRAMES}`)
    await expect.poll(() => page.getAttribute('#replay-run', 'aria-label'), PATIENCE).toBe('Play')
    await expect.poll(() => frame(page), PATIENCE).toBe(FRAMES)
    expect(await page.textContent('#actions .lit b')).toBe('4')
    end = await picture(page)
    await keep(page, 'play_page/replay')
  })

  test('seeking shows the same frame each time', async () => {
    const fifth = await seek(page, 5)
    expect(fifth.equals(end)).toBe(false)
    expect((await seek(page, 9)).equals(fifth)).toBe(false)
    expect((await seek(page, 5)).equals(fifth)).toBe(true)
    expect((await seek(page, FRAMES)).equals(end)).toBe(true)
  })

  test('at the end Play starts again, and Pause pauses', async () => {
    const seen = await page.evaluate(
      () =>
        new Promise<unknown>(resolve => {
          const button = document.getElementById('replay-run')!
          const text = document.getElementById('replay-text')!
          button.click()
          const playing = button.ariaLabel
          new MutationObserver((_, observer) => {
            const frame = Number.parseInt(text.textContent!, 10)
            if (frame < 2 || frame > 9) return
            observer.disconnect()
            button.click()
            resolve({ playing, paused: button.ariaLabel, frame })
          }).observe(text, { childList: true })
        }),
    )
    expect(seen).toMatchObject({ playing: 'Pause', paused: 'Play' })
    await animationFrames(page)
    expect(await text(page)).toBe(`${(seen as { frame: number }).frame} / ${FRAMES}`)
  })

  test('a key takes over from any frame, with the recording’s settings', async () => {
    await seek(page, 6)
    await page.keyboard.down('ArrowRight')
    await expect.poll(() => page.isVisible('#replay'), PATIENCE).toBe(false)
    await played(page, 8)
    expect(await page.textContent('#actions .lit b')).toBe(String(KEYS.ArrowRight))
    await page.keyboard.up('ArrowRight')
    await tab(page, 'Sampling')
    expect([await page.inputValue('#seed'), await page.inputValue('#steps')]).toEqual(['4321', '3'])
    expect(complaints).toEqual([])
  })
})

test('a world of several codebooks replays its link, and after a lost device all of its frames', async () => {
  const sampling = { seed: 5, steps: 3, temperature: 1, choice_temperature: 1, guidance: 1.5 }
  const link = encodeRecording({
    model: 'three codebooks, an encoder of patches alone',
    codes: 23,
    prompt: Int32Array.from({ length: 2 * 12 * 3 }, (_, i) => (7 * i) % 23), // two frames
    played: [{ sampling, actions: [3, 3, 1, 0, 4] }],
  })
  const { page } = await visit({
    address: `?model=test/golden/codebooks/#dream=${link}`,
    prepare: () => {
      const covers: string[] = []
      const devices: GPUDevice[] = []
      const request = GPUAdapter.prototype.requestDevice
      GPUAdapter.prototype.requestDevice = async function (descriptor) {
        devices.push(await request.call(this, descriptor))
        return devices.at(-1)!
      }
      const note = () => covers.push(document.getElementById('cover')?.textContent ?? '')
      new MutationObserver(note).observe(document, { subtree: true, childList: true, characterData: true })
      Object.assign(globalThis, { covers, devices })
    },
  })
  await page.waitForFunction("/^(7|11) /.test(document.getElementById('replay-text').textContent)", null, PATIENCE)
  expect(await text(page)).toBe('7 / 7')
  expect(await page.textContent('#actions .lit b')).toBe('4')
  await page.evaluate('devices[0].destroy()')
  await page.waitForFunction("devices.length === 2 && document.getElementById('cover').hidden", null, PATIENCE)
  const replayed = (await page.evaluate('covers.map(text => /Replaying: .*/.exec(text)?.[0])')) as (string | null)[]
  expect(replayed).toContain('Replaying: 7 of 7 frames')
  await leave(page)
})

test('the link of one of the page’s pictures shows it before the first frame', async () => {
  const { page } = await visit({ address: `?model=nowhere/${LINK}&from=Crayons` })
  await expect.poll(() => page.textContent('#error'), PATIENCE).toMatch(/nowhere\/config\.json/)
  expect(await poster(page)).toBe(await canvasOf(page, 'Crayons'))
  await leave(page)
})

test('the link of a user’s own picture holds a thumbnail of it', async () => {
  const { page } = await visit({ keys: KEYS })
  await played(page, 2)
  const buffer = await page.locator('.landscape .tile canvas').first().screenshot()
  await page.setInputFiles('#file', { name: 'evening.png', mimeType: 'image/png', buffer })
  await expect.poll(() => page.getAttribute('#view', 'aria-label'), PATIENCE).toContain('evening.png')
  await played(page, 3)
  await tab(page, 'Export')
  await page.click('#copy-link')
  const { hash } = new URL(await page.inputValue('#link'))
  expect(hash).toMatch(/^#recording=[\w-]+&poster=webp\.[\w-]+$/)
  await leave(page)
  const other = await visit({ address: `?model=nowhere/${hash}` })
  await expect.poll(() => other.page.textContent('#error'), PATIENCE).toMatch(/nowhere\/config\.json/)
  expect(await poster(other.page)).toMatch(/^url\("data:image\/png/)
  await keep(other.page, 'play_page/link_poster')
  await leave(other.page)
})

test('without an adapter a link says so, and shows the picture that it starts from', async () => {
  const { page } = await visit({
    address: `${TINY}${LINK}&from=Crayons`,
    prepare: () => Object.assign(GPU.prototype, { requestAdapter: async () => null }),
  })
  await expect
    .poll(() => page.textContent('#error'), PATIENCE)
    .toBe(
      'This link replays 10 frames of a generated world, which takes WebGPU. The screen shows the picture that it starts from.',
    )
  expect(await page.isVisible('#help')).toBe(true)
  expect(await poster(page)).toBe(await canvasOf(page, 'Crayons'))
  await keep(page, 'play_page/link_without_webgpu')
  await leave(page)
})
