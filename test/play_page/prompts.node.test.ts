// Every way to a picture: the wall, a file, drop, paste, the camera, the drawing pad. Each becomes a world at once.

import type { Page } from 'playwright'
import { afterEach, beforeAll, expect, test } from 'vitest'
import { frame, KEYS, keepScreenshot, PATIENCE, picture, played, startOver, usePage, visit } from './open_play_page.ts'

usePage('--use-fake-device-for-media-stream', '--use-fake-ui-for-media-stream')

let page: Page
let complaints: string[]
beforeAll(async () => {
  ;({ page, complaints } = await visit({ keys: KEYS }))
  await played(page, 2)
})
afterEach(() => expect(complaints).toEqual([]))

async function dreamsFrom(page: Page, name: string): Promise<void> {
  await expect.poll(() => page.getAttribute('#view', 'aria-label'), PATIENCE).toContain(name)
  await expect.poll(() => page.isVisible('#cover'), PATIENCE).toBe(false)
  await played(page, 2)
}

/** Hands a PNG over as the browser would: in a DataTransfer. */
async function handOver(page: Page, kind: 'drop' | 'paste', name: string, bytes: Buffer): Promise<void> {
  await page.evaluate(
    ([kind, name, base64]) => {
      const data = Uint8Array.from(atob(base64), c => c.charCodeAt(0))
      const transfer = new DataTransfer()
      transfer.items.add(new File([data], name, { type: 'image/png' }))
      const init = { bubbles: true, cancelable: true }
      const event =
        kind === 'drop'
          ? new DragEvent('drop', { ...init, dataTransfer: transfer })
          : new ClipboardEvent('paste', { ...init, clipboardData: transfer })
      document.body.dispatchEvent(event)
    },
    [kind, name, bytes.toString('base64')] as const,
  )
}

test('the wall has the game, drawings and photographs, and a click dreams from one', async () => {
  for (const [kind, least] of [
    ['game', 8],
    ['drawing', 3],
    ['photo', 3],
  ] as const)
    expect(await page.locator(`.${kind} .tile`).count()).toBeGreaterThanOrEqual(least)
  for (const name of ['Crayons', 'Evening', 'Frost']) {
    await page.click(`.tile:has-text("${name}")`)
    expect(await page.getAttribute(`.tile:has-text("${name}")`, 'aria-pressed')).toBe('true')
    await dreamsFrom(page, name)
  }
  const names = await page.locator('.game .tile').allTextContents()
  await page.click('#shuffle')
  expect(await page.locator('.game .tile').count()).toBe(names.length)
  await page.click('.game .tile >> nth=0')
  await dreamsFrom(page, (await page.locator('.game .tile').first().textContent())!)
})

test('a file, a drop and a paste join the wall and are dreamed from', async () => {
  const buffer = await page.locator('.photo .tile canvas').first().screenshot()
  await page.setInputFiles('#file', { name: 'evening.png', mimeType: 'image/png', buffer })
  await dreamsFrom(page, 'evening.png')
  expect(await page.getAttribute('.own .tile', 'aria-pressed')).toBe('true')
  await handOver(page, 'drop', 'dropped.png', buffer)
  await dreamsFrom(page, 'dropped.png')
  await handOver(page, 'paste', 'pasted.png', buffer)
  await dreamsFrom(page, 'pasted.png')
})

test('a file that is no picture is one sentence, and the dream goes on', async () => {
  const file = { name: 'notes.txt', mimeType: 'text/plain', buffer: Buffer.from('no picture') }
  await page.setInputFiles('#file', file)
  await expect.poll(() => page.textContent('#error')).toMatch(/^notes\.txt is not a picture/)
  await played(page, (await frame(page)) + 2)
})

test('a picture from the camera is dreamed from', async () => {
  await page.click('#camera-open')
  await page.waitForFunction("document.getElementById('camera-video').videoWidth > 0")
  await keepScreenshot(page, 'camera')
  await page.click('#camera-take')
  await dreamsFrom(page, 'Camera')
  expect(await page.isVisible('#camera')).toBe(false)
  expect(await page.evaluate("document.getElementById('camera-video').srcObject")).toBe(null)
})

test('a camera that is refused is one sentence', async () => {
  await page.evaluate(() => {
    MediaDevices.prototype.getUserMedia = () => Promise.reject(new DOMException('Permission denied'))
  })
  await page.click('#camera-open')
  await expect.poll(() => page.textContent('#error')).toContain('could not be opened: Permission denied')
})

test('what is drawn on the pad, over a frame or from nothing, is dreamed from', async () => {
  await startOver(page)
  await page.click('#pad-open')
  const paper = () => page.locator('#pad-canvas').screenshot()
  const blank = await paper()
  await page.locator('.crayon input[value="#43a73c"]').check()
  const box = (await page.locator('#pad-canvas').boundingBox())!
  await page.mouse.move(box.x + 20, box.y + 0.7 * box.height)
  await page.mouse.down()
  await page.mouse.move(box.x + box.width - 20, box.y + 0.8 * box.height, { steps: 4 })
  await page.mouse.up()
  const drawn = await paper()
  expect(drawn.equals(blank)).toBe(false)
  await keepScreenshot(page, 'drawing_pad')
  await page.click('#pad-frame')
  await expect.poll(async () => (await paper()).equals(drawn), PATIENCE).toBe(false)
  await page.click('#pad-undo')
  expect((await paper()).equals(drawn)).toBe(true)
  const before = await picture(page)
  await page.click('#pad-play')
  await expect.poll(() => page.getAttribute('#view', 'aria-label'), PATIENCE).toContain('Drawing')
  await expect.poll(async () => (await picture(page)).equals(before), PATIENCE).toBe(false)
  expect(await page.getAttribute('.own .tile', 'aria-pressed')).toBe('true')
})
