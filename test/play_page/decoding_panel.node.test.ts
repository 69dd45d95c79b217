// The decoding panel, the timing panel and the film strip.

import type { Page } from 'playwright'
import { afterEach, beforeAll, expect, test } from 'vitest'
import { samplingSchedule } from '../../src/model/maskgit_decoder.ts'
import { keep } from '../helpers/browser_page.ts'
import { frame, KEYS, PATIENCE, picture, played, press, servePage, startOver, tab, visit } from './open_play_page.ts'

servePage()

let page: Page
let complaints: string[]
beforeAll(async () => {
  ;({ page, complaints } = await visit({ keys: KEYS }))
  await played(page, 2)
})
afterEach(() => expect(complaints).toEqual([]))

test('the tokens become known step by step, and the action is named', async () => {
  await tab(page, 'Decoding')
  await startOver(page)
  await page.keyboard.press('ArrowRight')
  await expect.poll(() => page.textContent('#decoding-line'), PATIENCE).toMatch(/^Frame 2 after action 2 \(→\)/)
  // The tiny model's own sampling: 8 steps over 16 tokens.
  const plan = samplingSchedule(16, { steps: 8, temperature: 1, choice_temperature: 1, guidance: 1 })
  const known = await page.locator('#steps-wall figcaption').allTextContents()
  expect(known).toEqual(plan.map(({ maskedAfter: remain }, s) => `${s + 1}: ${16 - remain} of 16`))
  const pictures = await page
    .locator('#steps-wall canvas')
    .evaluateAll(canvases => canvases.map(canvas => (canvas as HTMLCanvasElement).toDataURL()))
  expect(new Set(pictures).size).toBe(plan.length)
  await page
    .locator('#steps-wall canvas')
    .last()
    .hover({ position: { x: 5, y: 5 } })
  expect(await page.textContent('#decoding-line')).toMatch(/^Row 1, column 1: token \d+, kept/)
})

test('a frame is timed by stage', async () => {
  await page.uncheck('#wait')
  await tab(page, 'Decoding')
  await expect.poll(() => page.textContent('#stages-line'), PATIENCE).toMatch(/^dynamics [\d.]+ ms/)
  const texts = await page.locator('#stages-line span').allTextContents()
  expect(texts.map(text => text.split(' ')[0])).toEqual(['dynamics', 'sampling', 'decode', 'draw'])
  expect(Number(texts[0]!.split(' ')[1])).toBeGreaterThan(0)
  await keep(page, 'play_page/decoding')
})

test('a click on the film strip goes back to exactly that frame, and other frames can follow', async () => {
  await startOver(page)
  const seen: Buffer[] = []
  const taken = () =>
    page
      .locator('#film button')
      .evaluateAll(all => all.map(button => Number(button.getAttribute('title')!.replace(/\D/g, ''))))
  for (let n = 2; (await taken()).length < 3; n++) {
    await press(page, 'ArrowRight', n)
    seen[n] = await picture(page)
  }
  await press(page, 'ArrowRight', seen.length)
  seen.push(await picture(page))
  const back = (await taken())[1]!
  await page.click(`#film button[title="Back to frame ${back}"]`)
  expect(await frame(page)).toBe(back)
  await expect.poll(async () => (await picture(page)).equals(seen[back]!), PATIENCE).toBe(true)
  await press(page, 'ArrowRight', back + 1)
  expect((await picture(page)).equals(seen[back + 1]!)).toBe(true)

  await page.click('#back')
  expect(await frame(page)).toBe(back)
  await press(page, 'ArrowUp', back + 1)
  expect((await picture(page)).equals(seen[back + 1]!)).toBe(false)
  expect((await taken()).every(frame => frame <= back + 1)).toBe(true)
})
