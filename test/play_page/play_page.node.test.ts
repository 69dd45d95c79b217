// The play page opens, plays and reacts to keys.

import type { Page } from 'playwright'
import { afterEach, beforeAll, expect, test } from 'vitest'
import { keep } from '../helpers/browser_page.ts'
import {
  animationFrames,
  frame,
  KEYS,
  leave,
  PATIENCE,
  picture,
  played,
  press,
  servePage,
  startOver,
  tab,
  visit,
} from './open_play_page.ts'

servePage()

let page: Page
let complaints: string[]
beforeAll(async () => {
  ;({ page, complaints } = await visit({ keys: KEYS, name: 'platformer' }))
  await played(page, 2)
})
afterEach(() => expect(complaints).toEqual([]))

test('opens, plays on its own, names its adapter, measures itself, and reports no error', async () => {
  await played(page, 4)
  expect(Number(await page.textContent('#rate'))).toBeGreaterThan(0)
  expect(Number(await page.textContent('#milliseconds'))).toBeGreaterThan(0)
  const adapter = (await page.textContent('#adapter'))!
  expect(adapter).toMatch(/\S+.* · f(16|32)/)
  expect(await page.isVisible('#software-adapter')).toBe(/swiftshader|llvmpipe|warp/i.test(adapter))
  expect(await page.isVisible('#cover')).toBe(false)
  expect(await page.textContent('#latency')).toBe('–')
  // What limits the frames per second: by the clock, one or the other.
  await expect
    .poll(() => page.textContent('#limit'), PATIENCE)
    .toMatch(
      /^Nothing limits it: the world runs at its own 10 frames|^The (processor|graphics adapter).* limits it: 10 frames/,
    )
  await page.keyboard.press('ArrowRight')
  await expect.poll(async () => Number(await page.textContent('#latency')), PATIENCE).toBeGreaterThan(0)
})

test('the pixels depend on the pressed key, and on nothing else', async () => {
  const generated: Record<string, Buffer[]> = { '': [], ArrowRight: [], ArrowUp: [] }
  for (const key of ['ArrowRight', 'ArrowUp', 'ArrowRight', 'ArrowUp']) {
    await startOver(page)
    generated['']!.push(await picture(page))
    await press(page, key, 2)
    expect(await page.textContent('#actions .lit b')).toBe(String(KEYS[key as keyof typeof KEYS]))
    generated[key]!.push(await picture(page))
  }
  for (const [first, ...others] of Object.values(generated))
    for (const other of others) expect(other.equals(first!)).toBe(true)
  const [prompt, right, up] = Object.values(generated).map(pictures => pictures[0]!) as [Buffer, Buffer, Buffer]
  expect([right.equals(up), right.equals(prompt), up.equals(prompt)]).toEqual([false, false, false])

  await animationFrames(page)
  expect(await frame(page)).toBe(2)
  await press(page, '5', 3)
  expect(await page.textContent('#actions .lit b')).toBe('5')
})

test('steps, temperature, guidance, threshold and seed change the frames', async () => {
  await tab(page, 'Sampling')
  const play = async () => {
    await startOver(page)
    await press(page, '3', 2)
    return picture(page)
  }
  const played = [await play()]
  for (const [id, value] of [
    ['steps', '2'],
    ['temperature', '0.2'],
    ['guidance', '3'],
    ['threshold', '0'],
    ['seed', '77'],
  ] as const) {
    await page.fill(`#${id}`, value)
    played.push(await play())
    if (id !== 'seed') expect(await page.textContent(`#${id}-value`)).toBe(value)
  }
  // Nothing was measured of this world: its name alone is a shipped one's.
  expect(await page.textContent('#steps-quality')).toBe('')
  expect(new Set(played.map(picture => picture.toString('base64'))).size).toBe(6)
})

test('plays the shipped world with arrow keys, shows its decoding steps, and what was measured of its steps', async () => {
  const { page, complaints } = await visit({ address: '' })
  await tab(page, 'Decoding')
  await played(page, 3)
  expect(await page.isVisible('#arrow-hint')).toBe(true)
  await expect.poll(() => page.locator('#steps-wall canvas').count(), PATIENCE).toBeGreaterThan(0)
  await keep(page, 'play_page/shipped')
  await tab(page, 'Sampling')
  const lines: string[] = []
  for (const steps of ['1', '2', '24']) {
    await page.fill('#steps', steps)
    lines.push((await page.textContent('#steps-quality'))!)
  }
  expect(lines).toEqual([
    'Measured at 1 step: 31.9 dB PSNR after 4 frames of unseen levels, 23 ms per frame on two CPU cores.',
    'Measured at 2 steps: 30.9 dB PSNR after 4 frames of unseen levels, 34 ms per frame on two CPU cores.',
    'Measured at 25 steps: 33.0 dB PSNR after 4 frames of unseen levels, 235 ms per frame on two CPU cores.',
  ])
  await keep(page, 'play_page/steps_and_quality')
  expect(complaints).toEqual([])
  await leave(page)
})

test('a model that does not exist is one error sentence', async () => {
  const { page } = await visit({ address: '?model=nowhere/' })
  await expect.poll(() => page.textContent('#error'), PATIENCE).toMatch(/nowhere\/config\.json could not be fetched/)
  expect(await page.isVisible('#cover')).toBe(false)
  await leave(page)
})
