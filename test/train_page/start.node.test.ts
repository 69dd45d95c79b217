// The training page with a world to start from: what is offered, what the browser keeps, and a reload.

import { expect, test } from 'vitest'
import { leave, PATIENCE, servePage, visit } from '../play_page/open_play_page.ts'
import { checkpoint, letImport, opened, TRAIN, takeGame, train } from './open_train_page.ts'

servePage()

test('a training starts from a shipped world, has its shape, and is still its training after a reload', async () => {
  const { page, complaints } = await visit({ address: TRAIN })
  await takeGame(page)
  // Without a GPU none is chosen.
  expect(await page.inputValue('#start-from')).toBe('')
  await page.selectOption('#start-from', 'platformer')
  await expect
    .poll(() => page.textContent('#start-from-line'), PATIENCE)
    .toMatch(/^The training keeps the shape of that world\./)
  expect(await page.textContent('#quality-line')).toBe('')
  await train(page, { tokenizer: '1', latent_action: '0.05', dynamics: '0.05' })
  await expect
    .poll(() => page.textContent('#error'), PATIENCE)
    .toMatch(/^tokenizer: (\d+) of \1 tensors fit and come from platformer\.$/)
  await checkpoint(page, 'tokenizer')
  await page.reload()
  await opened(page)
  await letImport(page)
  const plan = await page.evaluate(async () => {
    const { Project } = await importSource<typeof import('../../src/ui/project.ts')>('/src/ui/project.ts')
    return (await Project.open()).plan()
  })
  expect(plan).toMatchObject({ start: 'platformer', config: { name: 'mine', dynamics: { width: 192 } } })
  expect(plan!.config).not.toHaveProperty('keys')
  expect([await page.inputValue('#start-from'), await page.isDisabled('#start-from')]).toEqual(['platformer', true])
  page.on('dialog', dialog => void dialog.accept())
  await page.click('#start-over')
  await opened(page)
  await expect.poll(() => page.isEnabled('#start-from'), PATIENCE).toBe(true)
  expect(await page.inputValue('#start-from')).toBe('')
  expect(complaints).toEqual([])
  await leave(page)
})

test('a world that cannot be fetched is one sentence, and no training begins', async () => {
  const intercept = (page: import('playwright').Page) =>
    page.route(/weights\/platformer\/dynamics/, route => route.fulfill({ status: 503 }))
  const { page } = await visit({ address: TRAIN, intercept })
  await takeGame(page)
  await page.selectOption('#start-from', 'platformer')
  await train(page, { tokenizer: '1', latent_action: '0.05', dynamics: '0.05' })
  await expect
    .poll(() => page.textContent('#error'), PATIENCE)
    .toMatch(/weights\/platformer\/dynamics\.safetensors could not be fetched: status 503/)
  await expect.poll(() => page.textContent('#start'), PATIENCE).toBe('Train')
  expect(await page.isEnabled('#start-from')).toBe(true)
  await leave(page)
})
