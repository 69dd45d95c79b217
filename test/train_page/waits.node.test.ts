// Every long task of the training page shows its progress, can be stopped and continued: reading a video, the search for action codes,
// and inferring actions. Previews come back after a reload.

import type { Page } from 'playwright'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { keep } from '../helpers/browser_page.ts'
import { leave, PATIENCE, servePage, visit } from '../play_page/open_play_page.ts'
import { card, letImport, opened, TRAIN, train } from './open_train_page.ts'

servePage()

let page: Page
let complaints: string[]
beforeAll(async () => {
  ;({ page, complaints } = await visit({ address: TRAIN }))
  await opened(page)
})
afterAll(async () => {
  expect(complaints).toEqual([])
  await leave(page)
})

const stateOf = (component: string) => page.textContent(`[data-component=${component}] [role=status]`)
const clipsLine = async () => (await page.textContent('#clips-line'))!
const clipsIn = (line: string) => Number(/: (\d+) clips? of/.exec(line)?.[1])

/** The share on a component's card once its state begins with `text`. @param pauses whether to press Pause then */
const shareAt = (component: string, text: RegExp, pauses = false) =>
  page.evaluate(
    ({ component, text, pauses }) =>
      new Promise<number>(resolve => {
        const card = document.querySelector(`[data-component=${component}]`)!
        const state = card.querySelector('[role=status]')!
        const observer = new MutationObserver(() => {
          if (!text.test(state.textContent!)) return
          observer.disconnect()
          if (pauses) document.getElementById('pause')!.click()
          resolve(card.querySelector('progress')!.value)
        })
        observer.observe(state, { childList: true })
      }),
    { component, text, pauses },
  )

/** Takes the built-in game, and stops by the first line that says it is so many per cent or more. */
async function takeSome(least = 0): Promise<void> {
  await page.evaluate(least => {
    const line = document.getElementById('import-line')!
    const observer = new MutationObserver(() => {
      if (!(Number(/, (\d+) %/.exec(line.textContent!)?.[1]) >= least)) return
      observer.disconnect()
      document.getElementById('import-stop')!.click()
    })
    observer.observe(line, { childList: true })
  }, least)
  await page.click('#take-game')
  await expect
    .poll(() => page.textContent('#rest-line'), PATIENCE)
    .toMatch(/^Stopped at \d+ %\. What was read is kept\./)
}

test('reading is stopped: what was read is kept, and continuing adds the rest', async () => {
  await takeSome()
  const kept = clipsIn(await clipsLine())
  expect(kept).toBeGreaterThan(0)
  expect(kept).toBeLessThan(100)
  await keep(page, 'train_page/import_stopped')
  await page.click('#rest-continue')
  await expect.poll(clipsLine, PATIENCE).toMatch(/^The built-in game: 100 clips of 24 frames.*with keys\.$/)
  expect(await page.isVisible('#rest')).toBe(false)
})

test('the search for action codes tells its share and what is left, is paused where it is, and resumed', async () => {
  // Of few clips the codes of all are soon known.
  await takeSome()
  await train(page, { tokenizer: '0.05', latent_action: '0.05', dynamics: '0.05' })
  await expect
    .poll(() => stateOf('latent_action'), PATIENCE)
    .toMatch(/^Finding the actions in the clips: \d+ % · about /)
  await page.click('#pause')
  await expect.poll(async () => (await card(page, 'latent_action')).state, PATIENCE).toBe('paused')
  expect(await stateOf('latent_action')).toBe('Finding the actions in the clips: paused')
  expect(await page.textContent('#state-line')).toMatch(/^Paused\. Resume continues where it stopped/)
  const bar = page.locator('[data-component=latent_action] progress')
  const share = () => bar.evaluate((element: HTMLProgressElement) => element.value)
  const paused = await share()
  await keep(page, 'train_page/search_paused')
  expect(await page.textContent('#start')).toBe('Resume')
  await page.click('#start')
  // The next piece of the same search: the share only grows.
  await expect.poll(() => stateOf('latent_action'), PATIENCE).toMatch(/^Finding the actions in the clips: \d+ %/)
  await expect.poll(share, PATIENCE).toBeGreaterThan(paused)
})

test('after a reload the search continues from the last save', async () => {
  await letImport(page)
  const saved = () =>
    page.evaluate(async () => {
      const { Project } = await importSource<typeof import('../../src/ui/project.ts')>('/src/ui/project.ts')
      const kept = await (await Project.open()).codeStore.read()
      const { done, searchSize } = JSON.parse(kept?.metadata.progress ?? '{"done":0,"searchSize":{}}')
      return done && (0.8 * done) / (searchSize.single + searchSize.two + searchSize.small)
    })
  await expect.poll(saved, PATIENCE).toBeGreaterThan(0)
  await page.reload()
  await opened(page)
  expect(await page.textContent('#state-line')).toBe(
    'This browser has an unfinished training run. Resume continues from the last checkpoint.',
  )
  await letImport(page)
  const share = await saved()
  const first = shareAt('latent_action', /^Finding the actions in the clips: \d/)
  await train(page)
  expect(await first).toBeGreaterThanOrEqual(Math.min(share, 0.8))
})

const inferring = (pauses: boolean) => shareAt('dynamics', /^Inferring the actions of the clips: \d/, pauses)
const untilPaused = (name: string) => expect.poll(async () => (await card(page, name)).state, PATIENCE).toBe('paused')
const advice = () => page.textContent('[data-component=latent_action] .next')

test('after a reload it is measured what a component has learnt, if it was not, and the advice stays', async () => {
  await page.reload()
  await opened(page)
  await takeSome(15)
  // The whole search would take minutes: codes that are there are read.
  await letImport(page)
  await page.evaluate(async () => {
    const { Project } = await importSource<typeof import('../../src/ui/project.ts')>('/src/ui/project.ts')
    const { emptyActionCodes } = await importSource<typeof import('../../test/helpers/action_codes.ts')>(
      '/test/helpers/action_codes.ts',
    )
    await (await Project.open()).codeStore.write(emptyActionCodes())
  })
  expect((await card(page, 'tokenizer')).state).toBe('finished')
  const measuring = shareAt('latent_action', /^Measuring what it has learnt/, true)
  await train(page)
  await measuring
  await untilPaused('latent_action')
  await page.reload()
  await opened(page)
  const began = inferring(true)
  await train(page)
  await expect.poll(advice, PATIENCE).toMatch(/^[A-Z].*: .*\.$/)
  expect((await card(page, 'latent_action')).state).toBe('finished')
  await began
  await untilPaused('dynamics')
})

test('after a reload inferring the actions continues where it was paused', async () => {
  const paused = await page.$eval('[data-component=dynamics] progress', bar => (bar as HTMLProgressElement).value)
  expect(paused).toBeLessThan(1)
  await page.reload()
  await opened(page)
  expect(await advice()).toMatch(/^[A-Z].*: .*\.$/)
  const resumed = inferring(false)
  await train(page)
  expect(await resumed).toBeGreaterThan(paused)
})

test('after a reload the training continues, and the previews are shown again', async () => {
  await page.reload()
  await opened(page)
  await train(page)
  await expect.poll(async () => (await card(page, 'dynamics')).state, PATIENCE).toBe('finished')
  await expect.poll(() => page.textContent('#state-line'), PATIENCE).toBe('All three are trained.')
  const rows = async () => {
    const all: string[][] = []
    for (const component of ['tokenizer', 'latent_action', 'dynamics'])
      all.push(
        await page
          .locator(`[data-component=${component}] .preview canvas`)
          .evaluateAll(canvases => canvases.map(canvas => (canvas as HTMLCanvasElement).toDataURL())),
      )
    return all
  }
  const before = await rows()
  expect(before.map(pictures => pictures.length > 1)).toEqual([true, true, true])
  await page.reload()
  await opened(page)
  await expect.poll(async () => (await card(page, 'dynamics')).state, PATIENCE).toBe('finished')
  expect(await rows()).toEqual(before)
  await keep(page, 'train_page/reloaded')
})
