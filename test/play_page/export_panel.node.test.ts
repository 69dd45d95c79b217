// What one takes home: a clip as video and as GIF, and a link that dreams the same again.

import { readFile } from 'node:fs/promises'
import type { Page } from 'playwright'
import { expect, test } from 'vitest'
import {
  frame,
  KEYS,
  keepScreenshot,
  leave,
  PATIENCE,
  picture,
  played,
  press,
  startOver,
  TINY,
  tab,
  usePage,
  visit,
} from './open_play_page.ts'

usePage()

/** What a click on a button downloads. */
async function downloaded(page: Page, button: string): Promise<{ name: string; bytes: Buffer }> {
  const [download] = await Promise.all([page.waitForEvent('download'), page.click(button)])
  return { name: download.suggestedFilename(), bytes: await readFile(await download.path()) }
}

test('a recorded clip is saved as a video that plays and as a GIF, at the pace of the world', async () => {
  const { page, complaints } = await visit({ keys: KEYS })
  await played(page, 2)
  await tab(page, 'Keep')
  await startOver(page)
  await page.click('#record')
  for (const [i, key] of ['ArrowRight', 'ArrowUp', 'ArrowRight', 'ArrowLeft'].entries()) await press(page, key, i + 2)
  await expect.poll(() => page.textContent('#clip-line'), PATIENCE).toBe('4 frames, 0.4 s')
  await page.click('#record')

  const video = await downloaded(page, '#save-video')
  expect(video.name).toMatch(/^dream\.(mp4|webm)$/)
  const seen = await page.evaluate(
    async ([type, base64]) => {
      const element = document.createElement('video')
      element.src = `data:${type};base64,${base64}`
      await new Promise((resolve, reject) => Object.assign(element, { onloadeddata: resolve, onerror: reject }))
      return { width: element.videoWidth, height: element.videoHeight, seconds: element.duration }
    },
    [`video/${video.name.split('.')[1]}`, video.bytes.toString('base64')] as const,
  )
  expect([seen.width, seen.height]).toEqual([384, 384])
  expect(seen.seconds).toBeCloseTo(0.4, 1)

  const gif = await downloaded(page, '#save-gif')
  expect(gif.name).toBe('dream.gif')
  const track = await page.evaluate(async base64 => {
    const data = Uint8Array.from(atob(base64), c => c.charCodeAt(0))
    const decoder = new ImageDecoder({ data, type: 'image/gif' })
    await decoder.tracks.ready
    const { image } = await decoder.decode({ frameIndex: 1 })
    return { frames: decoder.tracks.selectedTrack!.frameCount, width: image.displayWidth, duration: image.duration }
  }, gif.bytes.toString('base64'))
  expect(track).toEqual({ frames: 4, width: 384, duration: 100_000 })
  await keepScreenshot(page, 'keep')
  expect(complaints).toEqual([])
  await leave(page)
})

test('a link dreams the same frames again, in another browser, with what was set', async () => {
  const { page } = await visit({ keys: KEYS })
  await played(page, 2)
  await tab(page, 'Dice')
  await page.fill('#seed', '4321')
  await page.fill('#steps', '3')
  await tab(page, 'Keep')
  await startOver(page)
  for (const [i, key] of ['ArrowRight', 'ArrowUp', 'ArrowUp'].entries()) await press(page, key, i + 2)
  const here = await picture(page)
  await page.click('#copy-link')
  const { search, hash } = new URL(await page.inputValue('#link'))

  const other = await visit({
    address: search + hash,
    keys: KEYS,
    prepare: () =>
      addEventListener('DOMContentLoaded', () => {
        ;(document.getElementById('wait') as HTMLInputElement).checked = true
      }),
  })
  await expect.poll(() => frame(other.page), PATIENCE).toBe(4)
  expect((await picture(other.page)).equals(here)).toBe(true)
  expect(await other.page.inputValue('#seed')).toBe('4321')
  expect(await other.page.inputValue('#steps')).toBe('3')
  await press(other.page, 'ArrowRight', 5)
  // The link is selected, to be copied by hand: keys are its own until the world has the focus again.
  await page.focus('#view')
  await press(page, 'ArrowRight', 5)
  expect((await picture(other.page)).equals(await picture(page))).toBe(true)
  expect(other.complaints).toEqual([])
  await Promise.all([leave(page), leave(other.page)])
})

test('a link that is cut off, or of another world, is one sentence, and the page plays', async () => {
  // 'tiny' with no codes and no frames at all; and the beginning of nothing.
  const { page } = await visit({ address: `${TINY}#dream=AQR0aW55AAA` })
  await expect.poll(() => page.textContent('#error'), PATIENCE).toMatch(/^the recording is of tiny with 0 codes/)
  await played(page, 2)
  await leave(page)
  const cut = await visit({ address: `${TINY}#dream=AQR0` })
  await expect.poll(() => cut.page.textContent('#error'), PATIENCE).toBe('the link is cut off')
  await leave(cut.page)
})
