// Layout and accessibility of the training page, too little memory, no WebGPU, and a second tab.

import { expect, test } from 'vitest'
import { keep } from '../helpers/browser_page.ts'
import { leave, PATIENCE, PHONE, servePage, visit } from '../play_page/open_play_page.ts'
import { letImport, TRAIN, takeGame } from './open_train_page.ts'

servePage()

test.each([
  ['phone', PHONE],
  ['desktop', { viewport: { width: 1280, height: 800 } }],
])(
  '%s: nothing is wider than the screen, every control has a name, and the keyboard reaches all',
  async (name, context) => {
    const { page, complaints } = await visit({ address: TRAIN, context })
    await takeGame(page)
    await expect.poll(() => page.isEnabled('#start'), PATIENCE).toBe(true)
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme })
      expect(await page.evaluate('document.documentElement.scrollWidth - innerWidth')).toBeLessThanOrEqual(0)
      await keep(page, `train_page/${name}_${colorScheme}`)
    }
    const nameless = await page.evaluate(() =>
      [...document.querySelectorAll<HTMLElement>('button, input, select, a, canvas[role], progress')]
        .filter(control => {
          const labels = 'labels' in control ? [...((control.labels as NodeListOf<HTMLLabelElement> | null) ?? [])] : []
          return !(control.ariaLabel || labels.map(label => label.textContent).join('') || control.textContent)?.trim()
        })
        .map(control => control.outerHTML.slice(0, 80)),
    )
    expect(nameless).toEqual([])
    await page.focus('#file')
    const reached: string[] = []
    for (let i = 0; i < 9; i++) {
      await page.keyboard.press('Tab')
      reached.push(await page.evaluate('document.activeElement.id || document.activeElement.value'))
    }
    expect(reached).toEqual([
      'take-screen',
      'take-camera',
      'take-game',
      'start-from',
      'nano',
      'minutes-tokenizer',
      'minutes-latent_action',
      'minutes-dynamics',
      'start',
    ])
    await page.fill('#minutes-dynamics', '0')
    await page.click('#start')
    await expect.poll(() => page.textContent('#error'), PATIENCE).toBe('Dynamics: enter 0.05 to 10000 minutes.')
    expect(complaints).toEqual([])
    await leave(page)
  },
)

test('sizes that do not fit the memory are disabled, and the largest that fits is named', async () => {
  const { page } = await visit({
    address: TRAIN,
    prepare: () => Object.defineProperty(Navigator.prototype, 'deviceMemory', { get: () => 0.125 }),
  })
  await expect
    .poll(() => page.textContent('#memory-line'), PATIENCE)
    .toMatch(/tiny and small do not fit \(training may take 64 MiB here\)\. The largest that fits is nano\.$/)
  expect(await page.textContent('#needs-small')).toMatch(/^\d+ MiB do not fit$/)
  for (const [size, isEnabled] of Object.entries({ nano: true, tiny: false, small: false }))
    expect(await page.isEnabled(`input[value=${size}]`), size).toBe(isEnabled)
  await leave(page)
})

test('without WebGPU the page shows help', async () => {
  const { page, complaints } = await visit({
    address: TRAIN,
    prepare: () => {
      Reflect.deleteProperty(Navigator.prototype, 'gpu')
    },
  })
  await expect.poll(() => page.textContent('#help-title'), PATIENCE).toBe('This browser has no WebGPU.')
  expect(await page.textContent('#help-steps')).toContain('Chrome')
  expect(await page.isVisible('#train')).toBe(false)
  expect(complaints).toEqual([])
  await leave(page)
})

test('a second tab is refused, and a damaged checkpoint is replaced by the previous one', async () => {
  const { page } = await visit({ address: TRAIN })
  await expect.poll(() => page.textContent('#memory-line'), PATIENCE).toContain('A training step takes')
  const second = await page.context().newPage()
  await second.goto(page.url())
  await expect.poll(() => second.textContent('#error'), PATIENCE).toContain('Another tab has this page open')

  await letImport(page)
  const steps = await page.evaluate(async () => {
    const { Project } = await importSource<typeof import('../../src/ui/project.ts')>('/src/ui/project.ts')
    const { hostTensor } =
      await importSource<typeof import('../../src/weights/safetensors.ts')>('/src/weights/safetensors.ts')
    const project = await Project.open()
    const store = project.checkpoints('tokenizer')
    const found: (string | undefined)[] = []
    for (const step of ['10', '20', '30']) {
      await store.write({ codebook: hostTensor(new Float32Array(8), [2, 4]) }, { step })
      found.push((await store.metadata())?.step)
    }
    // 30 took the place of 10.
    const file = (await project.file('tokenizer.a.checkpoint'))!
    await project.write('tokenizer.a.checkpoint', new Uint8Array(await file.slice(0, file.size - 5).arrayBuffer()))
    found.push((await store.metadata())?.step, (await store.read())!.metadata.step)
    return found
  })
  expect(steps).toEqual(['10', '20', '30', '20', '20'])
  await leave(page)
})
