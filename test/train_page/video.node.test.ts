// Importing video: any file that the browser decodes, a camera, and the errors for other files.

import type { Page } from 'playwright'
import { afterEach, beforeAll, expect, test } from 'vitest'
import { keep } from '../helpers/browser_page.ts'
import { leave, PATIENCE, servePage, visit } from '../play_page/open_play_page.ts'
import { letImport, opened, TRAIN } from './open_train_page.ts'

servePage('--use-fake-device-for-media-stream', '--use-fake-ui-for-media-stream')

let page: Page
let complaints: string[]
beforeAll(async () => {
  ;({ page, complaints } = await visit({ address: TRAIN }))
  await opened(page)
})
afterEach(() => expect(complaints).toEqual([]))

const clipsLine = () => page.textContent('#clips-line')

/**
 * A video of 24 frames per second, twice as wide as high: grey that brightens by 2 per frame, with a red left and a blue right quarter.
 * The play page's own export encodes it.
 */
async function video(frames: number): Promise<{ name: string; buffer: Buffer }> {
  await letImport(page)
  const { base64, extension } = await page.evaluate(async frames => {
    const { VideoExport } = await importSource<typeof import('../../src/play_page/video_export.ts')>(
      '/src/play_page/video_export.ts',
    )
    const [width, height] = [192, 96]
    const clip = new VideoExport(width, height, 24)
    for (let n = 0; n < frames; n++) {
      const rgba = new Uint8ClampedArray(4 * width * height).fill(255)
      for (let i = 0; i < width * height; i++) {
        const x = i % width
        const grey = 20 + 2 * n
        rgba.set(x < 48 ? [255, 0, 0] : x >= 144 ? [0, 0, 255] : [grey, grey, grey], 4 * i)
      }
      clip.add(rgba)
    }
    const { blob, extension } = await clip.video()
    const bytes = new Uint8Array(await blob.arrayBuffer())
    return { base64: btoa(Array.from(bytes, (b: number) => String.fromCharCode(b)).join('')), extension }
  }, frames)
  return { name: `grey.${extension}`, buffer: Buffer.from(base64, 'base64') }
}

/** RGB of the middle, the left and the right of every frame of a stored clip. */
const colours = (clip: number) =>
  page.evaluate(async clip => {
    const { ClipFile } =
      await importSource<typeof import('../../src/train_page/clip_file.ts')>('/src/train_page/clip_file.ts')
    const { Project } = await importSource<typeof import('../../src/ui/project.ts')>('/src/ui/project.ts')
    const bytes = await (await ClipFile.open(await Project.open()))!.frames(clip, 0, 24)
    return Array.from({ length: 24 }, (_, t) =>
      [32, 1, 62].map(x => Array.from(bytes.subarray((t * 4096 + 32 * 64 + x) * 3).subarray(0, 3))),
    )
  }, clip)

async function choose(name: string, buffer: Buffer): Promise<void> {
  await page.setInputFiles('#file', { name, mimeType: 'video/mp4', buffer })
  await expect.poll(() => page.isVisible('#import'), PATIENCE).toBe(false)
}

test('a video of another size and rate becomes clips: cropped to its centre, at ten frames per second', async () => {
  const { name, buffer } = await video(120)
  await choose(name, buffer)
  expect(await clipsLine()).toBe(`${name}: 2 clips of 24 frames, 5 s at 10 frames per second.`)
  for (const clip of [0, 1]) {
    for (const [t, [middle, left, right]] of (await colours(clip)).entries()) {
      // Frame t of the clip is the frame of the video at that time.
      const grey = 20 + 2 * Math.floor(((24 * clip + t) * 24) / 10)
      for (const [x, colour] of Object.entries({ middle, left, right }))
        for (const value of colour!) expect(Math.abs(value - grey), `${x} of frame ${t}: ${colour}`).toBeLessThan(12)
    }
  }
  await keep(page, 'train_page/video')
})

test('a reload shows the stored clips', async () => {
  const before = await clipsLine()
  await page.reload()
  await opened(page)
  await expect.poll(clipsLine, PATIENCE).toBe(before)
  expect(await page.locator('#clips-strip canvas').count()).toBe(1)
})

test('a dropped file is imported', async () => {
  const { buffer } = await video(60)
  await page.evaluate(base64 => {
    const data = Uint8Array.from(atob(base64), c => c.charCodeAt(0))
    const transfer = new DataTransfer()
    transfer.items.add(new File([data], 'dropped.mp4'))
    document.body.dispatchEvent(new DragEvent('drop', { bubbles: true, cancelable: true, dataTransfer: transfer }))
  }, buffer.toString('base64'))
  await expect.poll(clipsLine, PATIENCE).toBe('dropped.mp4: 1 clip of 24 frames, 3 s at 10 frames per second.')
})

test('a file that is no video, or too short, is one error sentence, and the previous clips stay', async () => {
  const before = await clipsLine()
  await expect.poll(() => page.isEnabled('#proposal-take'), PATIENCE).toBe(true)
  for (const [name, bytes, sentence] of [
    [
      'notes.mp4',
      Buffer.from('no video'),
      /^notes\.mp4 is not a video that this browser can decode: try an MP4 \(H\.264\) or a WebM\.$/,
    ],
    [
      'short.mp4',
      (await video(20)).buffer,
      /^short\.mp4 is 0\.\d s long\. Training needs at least one clip of 2\.4 s\.$/,
    ],
  ] as const) {
    await choose(name, bytes)
    await expect.poll(() => page.textContent('#error'), PATIENCE).toMatch(sentence)
    expect(await clipsLine()).toBe(before)
  }
  // So does the proposal.
  await expect.poll(() => page.isEnabled('#proposal-take'), PATIENCE).toBe(true)
  expect(await page.isVisible('#proposal')).toBe(true)
  await page.reload()
  await opened(page)
  await expect.poll(clipsLine, PATIENCE).toBe(before)
})

test('a camera is recorded until it is stopped, and one without permission is one error sentence', async () => {
  await page.click('#take-camera')
  await expect.poll(() => page.textContent('#import-line'), PATIENCE).toMatch(/^The camera: \d+ s of video$/)
  // Its clips will take the place of those that are stored: no training starts on them, nor another import.
  await page.check('input[value=nano]')
  for (const button of ['#start', '#take-game']) expect(await page.isDisabled(button), button).toBe(true)
  await page.click('#import-stop')
  await expect.poll(clipsLine, PATIENCE).toMatch(/^The camera: 1 clip of 24 frames/)
  for (const button of ['#start', '#take-game']) await expect.poll(() => page.isEnabled(button), PATIENCE).toBe(true)
  expect(await page.evaluate("document.getElementById('live').srcObject")).toBe(null)
  // The recording is analysed like a file, and read again as proposed.
  const reasons = async () => (await page.locator('#proposal-reasons li').allTextContents()).join('\n')
  await expect
    .poll(reasons, PATIENCE)
    .toMatch(/^crop \d+,\d+,\d+,\d+: .*\nsize \d+×\d+: .*\nrate [\d.]+ per second: .*\ntokens/s)
  await page.fill('#proposal-frame-width', '80')
  await page.fill('#proposal-rate', '20')
  await page.click('#proposal-take')
  await expect.poll(clipsLine, PATIENCE).toMatch(/^The camera: [1-9] clips? of 24 frames, \d s at 20 frames per second/)
  await page.evaluate(() => {
    MediaDevices.prototype.getUserMedia = () => Promise.reject(new DOMException('Permission denied'))
    MediaDevices.prototype.getDisplayMedia = () => Promise.reject(new DOMException('Permission denied'))
  })
  for (const [button, sentence] of [
    ['#take-camera', 'The camera could not be recorded: Permission denied. Choose a file instead.'],
    ['#take-screen', 'The screen could not be recorded: Permission denied. Choose a file instead.'],
  ] as const) {
    await page.click(button)
    await expect.poll(() => page.textContent('#error'), PATIENCE).toBe(sentence)
  }
  await leave(page)
})
