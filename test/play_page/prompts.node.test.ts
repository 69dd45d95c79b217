// Every source of pictures: gallery, file, drop, paste, camera, drawing pad. The world starts from each at once.

import type { Page } from 'playwright'
import { afterEach, beforeAll, expect, test } from 'vitest'
import { keep } from '../helpers/browser_page.ts'
import { frame, KEYS, PATIENCE, picture, played, servePage, startOver, visit } from './open_play_page.ts'

servePage('--use-fake-device-for-media-stream', '--use-fake-ui-for-media-stream')

let page: Page
let complaints: string[]
beforeAll(async () => {
  ;({ page, complaints } = await visit({ keys: KEYS }))
  await played(page, 2)
})
afterEach(() => expect(complaints).toEqual([]))

async function startsFrom(page: Page, name: string): Promise<void> {
  await expect.poll(() => page.getAttribute('#view', 'aria-label'), PATIENCE).toContain(name)
  await expect.poll(() => page.isVisible('#cover'), PATIENCE).toBe(false)
  await played(page, 2)
}

/** Drops or pastes a PNG. */
async function transfer(page: Page, kind: 'drop' | 'paste', name: string, bytes: Buffer): Promise<void> {
  await page.evaluate(
    ([kind, name, base64]) => {
      const bytes = Uint8Array.from(atob(base64), c => c.charCodeAt(0))
      const data = new DataTransfer()
      data.items.add(new File([bytes], name, { type: 'image/png' }))
      const init = { bubbles: true, cancelable: true }
      const event =
        kind === 'drop'
          ? new DragEvent('drop', { ...init, dataTransfer: data })
          : new ClipboardEvent('paste', { ...init, clipboardData: data })
      document.body.dispatchEvent(event)
    },
    [kind, name, bytes.toString('base64')] as const,
  )
}

test('the gallery has frames of the game, sketches and landscapes, and a click starts from one', async () => {
  for (const [kind, least] of [
    ['game', 8],
    ['drawing', 3],
    ['landscape', 3],
  ] as const)
    expect(await page.locator(`.${kind} .tile`).count()).toBeGreaterThanOrEqual(least)
  for (const name of ['Crayons', 'Evening', 'Frost']) {
    await page.click(`.tile:has-text("${name}")`)
    expect(await page.getAttribute(`.tile:has-text("${name}")`, 'aria-pressed')).toBe('true')
    await startsFrom(page, name)
  }
  const names = await page.locator('.game .tile').allTextContents()
  await page.click('#shuffle')
  expect(await page.locator('.game .tile').count()).toBe(names.length)
  await page.click('.game .tile >> nth=0')
  await startsFrom(page, (await page.locator('.game .tile').first().textContent())!)
})

test('the world starts from a chosen file, a dropped file and a pasted picture', async () => {
  const buffer = await page.locator('.landscape .tile canvas').first().screenshot()
  await page.setInputFiles('#file', { name: 'evening.png', mimeType: 'image/png', buffer })
  await startsFrom(page, 'evening.png')
  expect(await page.getAttribute('.own .tile', 'aria-pressed')).toBe('true')
  await transfer(page, 'drop', 'dropped.png', buffer)
  await startsFrom(page, 'dropped.png')
  await transfer(page, 'paste', 'pasted.png', buffer)
  await startsFrom(page, 'pasted.png')
})

test('a file that is not a picture is one error sentence, and the world continues', async () => {
  const file = { name: 'notes.txt', mimeType: 'text/plain', buffer: Buffer.from('no picture') }
  await page.setInputFiles('#file', file)
  await expect.poll(() => page.textContent('#error'), PATIENCE).toMatch(/^notes\.txt is not a picture/)
  await played(page, (await frame(page)) + 2)
})

test('the world starts from a picture of the camera', async () => {
  await page.click('#camera-open')
  await page.waitForFunction("document.getElementById('camera-video').videoWidth > 0")
  await keep(page, 'play_page/camera')
  await page.click('#camera-take')
  await startsFrom(page, 'Camera')
  expect(await page.isVisible('#camera')).toBe(false)
  expect(await page.evaluate("document.getElementById('camera-video').srcObject")).toBe(null)
})

test('a camera without permission is one error sentence', async () => {
  await page.evaluate(() => {
    MediaDevices.prototype.getUserMedia = () => Promise.reject(new DOMException('Permission denied'))
  })
  await page.click('#camera-open')
  await expect.poll(() => page.textContent('#error'), PATIENCE).toContain('could not be opened: Permission denied')
})

test('the world starts from a drawing, on blank paper or over a frame', async () => {
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
  await keep(page, 'play_page/drawing_pad')
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

test('the arrow keys draw where Space has put the crayon down', async () => {
  await page.click('#pad-open')
  const paper = () => page.locator('#pad-canvas').evaluate(canvas => (canvas as HTMLCanvasElement).toDataURL())
  await page.click('#pad-clear')
  const blank = await paper()
  await page.focus('#pad-canvas')
  await page.keyboard.press('ArrowLeft')
  expect([await paper(), await page.isVisible('#pad-crayon')]).toEqual([blank, true])
  await page.keyboard.press(' ')
  await page.keyboard.press('ArrowDown')
  const drawn = await paper()
  expect(drawn).not.toBe(blank)
  await page.keyboard.press(' ')
  await page.keyboard.press('ArrowUp')
  expect(await paper()).toBe(drawn)
  await page.keyboard.press('Escape')
})

test('a picture of one’s own is shown beside what the world keeps of it, and can be framed', async () => {
  await page.uncheck('#wait')
  const buffer = await page.locator('.landscape .tile canvas').nth(1).screenshot()
  await page.setInputFiles('#file', { name: 'noon.png', mimeType: 'image/png', buffer })
  await startsFrom(page, 'noon.png')
  await expect.poll(() => page.textContent('#framing-line'), PATIENCE).toMatch(/^\d+ % alike.*not trained on pictures/)
  const canvases = () =>
    page
      .locator('.framing-pair canvas')
      .evaluateAll(all => all.map(canvas => (canvas as HTMLCanvasElement).toDataURL()))
  const [input, output] = await canvases()
  expect(input).not.toBe(output)
  const similarity = Number(await page.getAttribute('#framing', 'data-similarity'))
  expect(similarity).toBeLessThan(0.9)
  for (const [id, value] of Object.entries({ zoom: '3', brightness: '2', x: '-1' })) {
    const [before] = await canvases()
    await page.fill(`#framing-${id}`, value)
    await expect.poll(async () => (await canvases())[0], PATIENCE).not.toBe(before)
  }
  await page.click('#framing-reset')
  await expect.poll(async () => (await canvases())[0], PATIENCE).toBe(input)
  await page.locator('#framing').scrollIntoViewIfNeeded()
  await keep(page, 'play_page/framing')
  await page.click('.tile:has-text("Frost")')
  expect(await page.isVisible('#framing')).toBe(false)
})
