// The export panel: a clip as video and as GIF, and a link that replays the same frames.

import { readFile } from 'node:fs/promises'
import type { Page } from 'playwright'
import { expect, test } from 'vitest'
import { VideoExport } from '../../src/play_page/video_export.ts'
import { axeScript, faults } from '../helpers/axe.ts'
import { keep } from '../helpers/browser_page.ts'
import { letImport } from '../train_page/open_train_page.ts'
import {
  frame,
  KEYS,
  leave,
  PATIENCE,
  picture,
  played,
  press,
  servePage,
  startOver,
  TINY,
  tab,
  visit,
} from './open_play_page.ts'

servePage()

/** The file that a click on a button downloads. */
async function downloaded(page: Page, button: string): Promise<{ name: string; bytes: Buffer }> {
  const [download] = await Promise.all([page.waitForEvent('download'), page.click(button)])
  return { name: download.suggestedFilename(), bytes: await readFile(await download.path()) }
}

test('a recorded clip is saved as a video that plays and as a GIF, at the world’s frame rate', async () => {
  const { page, complaints } = await visit({ keys: KEYS })
  await played(page, 2)
  await tab(page, 'Export')
  await startOver(page)
  await page.click('#record')
  for (const [i, key] of ['ArrowRight', 'ArrowUp', 'ArrowRight', 'ArrowLeft'].entries()) await press(page, key, i + 2)
  await expect.poll(() => page.textContent('#video-line'), PATIENCE).toBe('4 frames, 0.4 s')
  await page.click('#record')

  const video = await downloaded(page, '#save-video')
  expect(video.name).toMatch(/^world\.(mp4|webm)$/)
  const seen = await page.evaluate(
    async ([type, base64]) => {
      const element = document.createElement('video')
      element.src = `data:${type};base64,${base64}`
      await new Promise((resolve, reject) => Object.assign(element, { onloadeddata: resolve, onerror: reject }))
      return { width: element.videoWidth, height: element.videoHeight, seconds: element.duration }
    },
    [`video/${video.name.split('.')[1]}`, video.bytes.toString('base64')] as const,
  )
  expect([seen.width, seen.height]).toEqual([128, 128])
  // The caption stands for 1.5 s.
  expect(seen.seconds).toBeCloseTo(1.9, 1)

  const gif = await downloaded(page, '#save-gif')
  expect(gif.name).toBe('world.gif')
  const track = await page.evaluate(async base64 => {
    const data = Uint8Array.from(atob(base64), c => c.charCodeAt(0))
    const decoder = new ImageDecoder({ data, type: 'image/gif' })
    await decoder.tracks.ready
    const { image } = await decoder.decode({ frameIndex: 1 })
    return { frames: decoder.tracks.selectedTrack!.frameCount, width: image.displayWidth, duration: image.duration }
  }, gif.bytes.toString('base64'))
  expect(track).toEqual({ frames: 5, width: 128, duration: 100_000 })
  await keep(page, 'play_page/export')
  expect(complaints).toEqual([])
  await leave(page)
})

test('one key saves the last ten seconds as video, or as a GIF where the browser encodes none', async () => {
  for (const isEncoder of [true, false]) {
    const { page, complaints } = await visit({
      keys: KEYS,
      ...(!isEncoder && { prepare: () => void Reflect.deleteProperty(globalThis, 'VideoEncoder') }),
    })
    await played(page, 3)
    const [file] = await Promise.all([page.waitForEvent('download'), page.keyboard.press('c')])
    expect(file.suggestedFilename()).toMatch(isEncoder ? /^world\.(mp4|webm)$/ : /^world\.gif$/)
    await expect.poll(() => page.textContent('#error'), PATIENCE).toMatch(/^world\.\w+ saved.*: \d+ kB\.$/)
    expect(complaints).toEqual([])
    await leave(page)
  }
})

test('ten seconds of the game are a few hundred kilobytes, four times as large as its frames', async () => {
  const { page } = await visit({ keys: KEYS })
  await letImport(page)
  const film = await page.evaluate(async () => {
    const { VideoExport } = await importSource<typeof import('../../src/play_page/video_export.ts')>(
      '/src/play_page/video_export.ts',
    )
    const { playClip } = await importSource<typeof import('../../arcade/clips.ts')>('/arcade/clips.ts')
    const { rgbToRgba } = await importSource<typeof import('../../src/media/pixels.ts')>('/src/media/pixels.ts')
    const { frames } = playClip(1, 0, 100)
    const clip = new VideoExport(64, 64, 10, 'Djinn')
    for (let t = 0; t < 100; t++) clip.add(rgbToRgba(frames.subarray(t * 64 * 64 * 3, (t + 1) * 64 * 64 * 3)))
    const { blob } = await clip.video()
    const element = document.createElement('video')
    element.src = URL.createObjectURL(blob)
    await new Promise((resolve, reject) => Object.assign(element, { onloadeddata: resolve, onerror: reject }))
    return { bytes: blob.size, width: element.videoWidth, height: element.videoHeight }
  })
  expect([film.width, film.height]).toEqual([256, 256])
  expect(film.bytes).toBeGreaterThan(10_000)
  expect(film.bytes).toBeLessThan(1_000_000)
  await leave(page)
})

test('a picture of the newest frame is copied, four times as large', async () => {
  const { page, complaints } = await visit({
    keys: KEYS,
    context: { permissions: ['clipboard-read', 'clipboard-write'] },
  })
  await played(page, 3)
  await tab(page, 'Export')
  await page.click('#copy-picture')
  const copied = () =>
    page.evaluate(async () => {
      const [item] = await navigator.clipboard.read()
      if (!item?.types.includes('image/png')) return undefined
      const { width, height } = await createImageBitmap(await item.getType('image/png'))
      return [width, height]
    })
  await expect.poll(copied, PATIENCE).toEqual([128, 128])
  expect(complaints).toEqual([])
  await leave(page)
})

test('only the newest frames are kept', () => {
  const clip = new VideoExport(2, 2, 10, '', 3)
  for (let i = 0; i < 5; i++) clip.add(new Uint8ClampedArray(16).fill(i))
  expect([clip.length, clip.seconds]).toEqual([3, 0.3])
})

test('a link replays the same frames in another browser, with the same settings', async () => {
  const { page } = await visit({ keys: KEYS })
  await played(page, 2)
  await tab(page, 'Sampling')
  await page.fill('#seed', '4321')
  await page.fill('#steps', '3')
  await tab(page, 'Export')
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
  // The link is selected, to be copied by hand. Keys go to the field until the world has the focus again.
  await page.focus('#view')
  await press(page, 'ArrowRight', 5)
  expect((await picture(other.page)).equals(await picture(page))).toBe(true)
  expect(other.complaints).toEqual([])
  await Promise.all([leave(page), leave(other.page)])
})

test('a link that is cut off, or of another world, is one error sentence, and the page plays', async () => {
  // A recording of 'tiny' without codes and frames.
  const { page } = await visit({ address: `${TINY}#recording=AQR0aW55AAA` })
  await expect.poll(() => page.textContent('#error'), PATIENCE).toMatch(/^the recording is of tiny with 0 codes/)
  await played(page, 2)
  await leave(page)
  const cut = await visit({ address: `${TINY}#dream=AQR0` })
  await expect.poll(() => cut.page.textContent('#error'), PATIENCE).toBe('the link is cut off')
  await leave(cut.page)
})

test('the HTML shows the recording in another page: the world alone, which plays on with keys', async () => {
  const { page } = await visit({ keys: KEYS })
  await played(page, 2)
  await tab(page, 'Export')
  await startOver(page)
  for (const [i, key] of ['ArrowRight', 'ArrowUp'].entries()) await press(page, key, i + 2)
  await page.click('#copy-html')
  const html = await page.inputValue('#link')
  const shown = new URL('host.html', page.url()).href
  const body = `<!doctype html><html lang="en"><head><title>A page with a world</title></head><body><main><h1>My page</h1>${html}</main></body></html>`

  const other = await visit({
    address: 'host.html',
    keys: KEYS,
    intercept: page => page.route(shown, route => route.fulfill({ contentType: 'text/html', body })),
  })
  const world = other.page.frameLocator('iframe')
  await expect.poll(() => world.locator('#replay-text').textContent(), PATIENCE).toBe('3 / 3')
  for (const part of ['.tagline', '.side', '.toolbar', '.film'])
    expect(await world.locator(part).isVisible()).toBe(false)
  expect(await world.locator('#whole-page').getAttribute('href')).toMatch(/#recording=/)
  await keep(other.page, 'play_page/in_an_iframe')
  await world.locator('#view').press('ArrowRight')
  const frame = async () => Number(await world.locator('#frame').textContent())
  await expect.poll(frame, PATIENCE).toBeGreaterThan(3)
  const inside = other.page.frames()[1]!
  await inside.evaluate(await axeScript())
  expect(await faults(inside)).toEqual([])
  expect(other.complaints).toEqual([])
  await Promise.all([leave(page), leave(other.page)])
})
