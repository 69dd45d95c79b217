// Latent actions that are found by what draws best: chosen on the page, kept with the plan, trained and gone on with in the tab.

import type { Page } from 'playwright'
import { beforeAll, expect, test } from 'vitest'
import { keep } from '../helpers/browser_page.ts'
import { leave, PATIENCE, usePage, visit } from '../play_page/open_play_page.ts'
import { card, kept, letImport, opened, TRAIN, takeGame, train, trainer } from './open_train_page.ts'

usePage()

let page: Page
let complaints: string[]

beforeAll(async () => {
  ;({ page, complaints } = await visit({ address: TRAIN }))
  await (await trainer(page)).evaluate(() => {
    Object.assign(globalThis, { contests: 0 })
    const create = GPUDevice.prototype.createCommandEncoder
    GPUDevice.prototype.createCommandEncoder = function (descriptor) {
      if (descriptor?.label === 'every code') (globalThis as unknown as { contests: number }).contests++
      return create.call(this, descriptor)
    }
  })
})

/** How many batches have had every code tried on them. */
const contests = async () => Number(await (await trainer(page)).evaluate('contests'))

/** MiB that a step of each training takes, as the page says. */
async function memory(): Promise<Record<string, number>> {
  const line = (await page.textContent('#memory-line'))!
  return Object.fromEntries([...line.matchAll(/([a-z ]+) (\d+) MiB/g)].map(([, name, n]) => [name!.trim(), Number(n)]))
}

/** What is chosen, and whether it can be chosen anew. */
const labels = () =>
  page.evaluate(() => {
    const { value, disabled } = document.querySelector<HTMLInputElement>('[name=labels]:checked')!
    return { value, disabled }
  })

test('directions are chosen at first; winners take other memory, which is said at once', async () => {
  await takeGame(page)
  await page.check('input[value=nano]')
  await expect.poll(memory, PATIENCE).toHaveProperty('latent actions')
  expect(await labels()).toEqual({ value: 'directions', disabled: false })
  const directions = await memory()
  await page.check('[name=labels][value=winners]')
  const winners = await memory()
  // Of fewer clips, but with the contest beside the step.
  expect(winners['latent actions']).toBeLessThan(directions['latent actions']!)
  expect(winners).toEqual({ ...directions, 'latent actions': winners['latent actions'] })
  expect(await page.textContent('#needs-nano')).toBe(`${winners['latent actions']} MiB on the GPU`)
  await keep(page, 'studio/winners')
})

test('steps are timed with the contest, and the choice is locked while it trains', async () => {
  await train(page, { tokenizer: '0.05', latent_action: '0.4', dynamics: '0.05' })
  await expect.poll(async () => (await card(page, 'latent_action')).state, PATIENCE).toBe('training')
  // One step warms up, three are timed.
  expect(await contests()).toBeGreaterThanOrEqual(4)
  expect(await labels()).toEqual({ value: 'winners', disabled: true })
  await kept(page, 'latent_action')
})

test('after a reload the choice is shown, and the training goes on from its checkpoint to its end', async () => {
  const step = await kept(page, 'latent_action')
  await page.reload()
  await opened(page)
  await expect.poll(() => page.textContent('#start'), PATIENCE).toBe('Go on')
  expect(await labels()).toEqual({ value: 'winners', disabled: true })
  expect(Number((await card(page, 'latent_action')).step)).toBeGreaterThanOrEqual(step)
  await train(page)
  await expect.poll(() => page.textContent('#state-line'), { timeout: 150_000 }).toBe('All three are trained.')
  expect(await page.locator('[data-component=latent_action] .preview canvas').count()).toBeGreaterThan(1)
  expect(complaints).toEqual([])
}, 240_000)

test('a plan that was kept before there was a choice is one of directions', async () => {
  await letImport(page)
  expect(
    await page.evaluate(async () => {
      const { Project } = await importSource('/src/train_page/project.ts')
      const project = await Project.open()
      const { labels, ...plan } = await project.plan()
      await project.write('plan.json', JSON.stringify(plan))
      return labels
    }),
  ).toBe('winners')
  await page.reload()
  await opened(page)
  await expect.poll(labels, PATIENCE).toEqual({ value: 'directions', disabled: true })
  await leave(page)
})
