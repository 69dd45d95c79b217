// The training page for tests: the built-in game as video, the smallest model, seconds of training.

import type { Page, Worker } from 'playwright'
import { expect } from 'vitest'
import { PATIENCE } from '../play_page/open_play_page.ts'

export const TRAIN = 'train.html'

/** Waits until the page accepts input. */
export const opened = (page: Page) => page.waitForSelector('#train:not([inert])', PATIENCE)

/** Imports the built-in game. */
export async function takeGame(page: Page): Promise<void> {
  await opened(page)
  await page.click('#take-game')
  await expect
    .poll(() => page.textContent('#clips-line'), PATIENCE)
    .toMatch(/^The built-in game: 100 clips of 24 frames/)
}

/** Presses Train, or Resume, for the nano world. */
export async function train(page: Page, minutes?: { tokenizer: string; latent_action: string; dynamics: string }) {
  if (minutes) await page.check('input[value=nano]')
  for (const [component, value] of Object.entries(minutes ?? {})) await page.fill(`#minutes-${component}`, value)
  await expect.poll(() => page.isEnabled('#start'), PATIENCE).toBe(true)
  await page.click('#start')
}

/** The data attributes of a component's card: state, step, checkpoint (its step). */
export const card = (page: Page, component: string) =>
  page
    .locator(`.component-card[data-component=${component}]`)
    .evaluate(element => ({ ...(element as HTMLElement).dataset }))

/** Waits for a checkpoint after step `least`. @returns its step */
export async function checkpoint(page: Page, component: string, least = 0): Promise<number> {
  const step = async () => Number((await card(page, component)).checkpoint ?? 0)
  await expect.poll(step, PATIENCE).toBeGreaterThan(least)
  return step()
}

/** The Worker that trains. */
export async function trainer(page: Page): Promise<Worker> {
  return page.workers()[0] ?? page.waitForEvent('worker')
}

declare global {
  var importSource: <Module>(path: string) => Promise<Module>
}

/** Lets functions that run in the page import sources. Vitest's own import() works only in Node. */
export const letImport = (page: Page) => page.evaluate('globalThis.importSource = path => import(path)')
