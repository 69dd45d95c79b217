// The training page for tests: the built-in game taken in, the smallest world, trainings of seconds.

import type { Page, Worker } from 'playwright'
import { expect } from 'vitest'
import { PATIENCE } from '../play_page/open_play_page.ts'

export const TRAIN = 'train.html'

/** Waits until it listens. */
export const opened = (page: Page) => page.waitForSelector('#studio:not([inert])', PATIENCE)

/** Takes the built-in game in. */
export async function takeGame(page: Page): Promise<void> {
  await opened(page)
  await page.click('#take-game')
  await expect
    .poll(() => page.textContent('#clips-line'), PATIENCE)
    .toMatch(/^The built-in game: 100 clips of 24 frames/)
}

/** Presses Train, or Go on, for the nano world. */
export async function train(page: Page, minutes?: { tokenizer: string; latent_action: string; dynamics: string }) {
  if (minutes) await page.check('input[value=nano]')
  for (const [component, value] of Object.entries(minutes ?? {})) await page.fill(`#minutes-${component}`, value)
  await expect.poll(() => page.isEnabled('#start'), PATIENCE).toBe(true)
  await page.click('#start')
}

/** What a component's card says of itself: state, step, kept (the step of the last checkpoint), loss. */
export const card = (page: Page, component: string) =>
  page
    .locator(`.stage-card[data-component=${component}]`)
    .evaluate(element => ({ ...(element as HTMLElement).dataset }))

/** Waits for a checkpoint of a step after `least`, and gives that step. */
export async function kept(page: Page, component: string, least = 0): Promise<number> {
  const step = async () => Number((await card(page, component)).kept ?? 0)
  await expect.poll(step, PATIENCE).toBeGreaterThan(least)
  return step()
}

/** The Worker that trains. */
export async function trainer(page: Page): Promise<Worker> {
  return page.workers()[0] ?? page.waitForEvent('worker')
}

declare global {
  // biome-ignore lint/suspicious/noExplicitAny: whatever the module has
  var importSource: (path: string) => Promise<any>
}

/** Lets functions that run in the page import sources: what vitest makes of import() works in Node alone. */
export const letImport = (page: Page) => page.evaluate('globalThis.importSource = path => import(path)')
