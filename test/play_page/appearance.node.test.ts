// Layout and accessibility of the play page: phone and desktop, dark and light, by keyboard alone, every control named.

import type { BrowserContextOptions, Page } from 'playwright'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { keep } from '../helpers/browser_page.ts'
import { KEYS, leave, PATIENCE, PHONE, played, servePage, tab, visit } from './open_play_page.ts'

servePage()

const SCREENS: [name: string, context: BrowserContextOptions][] = [
  ['phone', PHONE],
  ['desktop', { viewport: { width: 1280, height: 800 } }],
]

describe.each(SCREENS)('%s', (name, context) => {
  let page: Page
  beforeAll(async () => {
    ;({ page } = await visit({ keys: KEYS, context }))
    await played(page, 3)
  })
  afterAll(() => leave(page))

  test.each(['light', 'dark'] as const)('%s: no panel is wider than the screen', async colorScheme => {
    await page.emulateMedia({ colorScheme })
    for (const panel of ['Decoding', 'Sampling', 'Keys', 'Export', 'Pictures']) {
      await tab(page, panel)
      expect(await page.evaluate('document.documentElement.scrollWidth - innerWidth'), panel).toBeLessThanOrEqual(0)
    }
    await page.evaluate('scrollTo(0, 0)')
    await keep(page, `play_page/${name}_${colorScheme}`)
  })

  test('the screen and its buttons fit without scrolling', async () => {
    const bottom = await page.evaluate(() => document.querySelector('.toolbar')!.getBoundingClientRect().bottom)
    expect(bottom).toBeLessThanOrEqual(page.viewportSize()!.height)
  })

  test('every control has a name', async () => {
    const nameless = await page.evaluate(() =>
      [...document.querySelectorAll<HTMLElement>('button, input, select, canvas[role], [tabindex="0"]')]
        .filter(control => {
          const labels = control instanceof HTMLInputElement ? [...(control.labels ?? [])] : []
          const name = control.ariaLabel || labels.map(label => label.textContent).join('') || control.textContent
          return !name?.trim()
        })
        .map(control => control.outerHTML.slice(0, 80)),
    )
    expect(nameless).toEqual([])
  })

  test('the panels open by keyboard alone, and keys still play while one of them has the focus', async () => {
    await page.focus('#tab-start')
    await page.keyboard.press('ArrowRight')
    expect(await page.getAttribute('#tab-decoding', 'aria-selected')).toBe('true')
    expect(await page.isVisible('#decoding')).toBe(true)
    await page.keyboard.press('End')
    expect(await page.isVisible('#export')).toBe(true)
    await page.keyboard.press('Tab')
    expect(await page.evaluate('document.activeElement.id')).toBe('save-recent')
    await page.keyboard.down('ArrowUp')
    await expect.poll(() => page.textContent('#actions .lit b'), PATIENCE).toBe('4')
    await page.keyboard.up('ArrowUp')
  })
})
