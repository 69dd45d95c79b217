// Latent actions from hard EM: chosen on the page, stored in the plan, trained and resumed.

import type { Page } from 'playwright'
import { beforeAll, expect, test } from 'vitest'
import { keep } from '../helpers/browser_page.ts'
import { leave, PATIENCE, servePage, visit } from '../play_page/open_play_page.ts'
import { card, checkpoint, letImport, opened, TRAIN, takeGame, train, trainer } from './open_train_page.ts'

servePage()

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

/** How many batches were scored with every code. */
const contests = async () => Number(await (await trainer(page)).evaluate('contests'))

/** MiB of a training step of each component, as the page says. */
async function memory(): Promise<Record<string, number>> {
  const line = (await page.textContent('#memory-line'))!
  return Object.fromEntries([...line.matchAll(/([a-z ]+) (\d+) MiB/g)].map(([, name, n]) => [name!.trim(), Number(n)]))
}

/** The chosen source of labels, and whether the choice is disabled. */
const labels = () =>
  page.evaluate(() => {
    const { value, disabled } = document.querySelector<HTMLInputElement>('[name=labels]:checked')!
    return { value, disabled }
  })

test('directions are the default, and hard EM takes other memory, which is shown at once', async () => {
  await takeGame(page)
  await page.check('input[value=nano]')
  await expect.poll(memory, PATIENCE).toHaveProperty('latent actions')
  expect(await labels()).toEqual({ value: 'directions', disabled: false })
  const directions = await memory()
  await page.check('[name=labels][value=winners]')
  const winners = await memory()
  // Fewer clips, but the scorer's memory beside the step.
  expect(winners['latent actions']).toBeLessThan(directions['latent actions']!)
  expect(winners).toEqual({ ...directions, 'latent actions': winners['latent actions'] })
  expect(await page.textContent('#needs-nano')).toBe(`${winners['latent actions']} MiB on the GPU`)
  await keep(page, 'train_page/hard_em')
})

test('timing includes the scorer, and the choice is locked while training', async () => {
  await train(page, { tokenizer: '0.05', latent_action: '0.4', dynamics: '0.05' })
  await expect.poll(async () => (await card(page, 'latent_action')).state, PATIENCE).toBe('training')
  // One step warms up, three are timed.
  expect(await contests()).toBeGreaterThanOrEqual(4)
  expect(await labels()).toEqual({ value: 'winners', disabled: true })
  await checkpoint(page, 'latent_action')
})

test('a reload shows the choice, and training continues from its checkpoint to the end', async () => {
  const step = await checkpoint(page, 'latent_action')
  await page.reload()
  await opened(page)
  await expect.poll(() => page.textContent('#start'), PATIENCE).toBe('Go on')
  expect(await labels()).toEqual({ value: 'winners', disabled: true })
  expect(Number((await card(page, 'latent_action')).step)).toBeGreaterThanOrEqual(step)
  await train(page)
  await expect.poll(() => page.textContent('#state-line'), PATIENCE).toBe('All three are trained.')
  expect(await page.locator('[data-component=latent_action] .preview canvas').count()).toBeGreaterThan(1)
  expect(complaints).toEqual([])
})

test('a plan of an earlier version uses directions', async () => {
  await letImport(page)
  expect(
    await page.evaluate(async () => {
      const { Project } = await importSource('/src/ui/project.ts')
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
