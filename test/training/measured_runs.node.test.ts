// The steps of documented trainings, in seconds of this machine: docs/training.md has the same numbers; sentences for terminal and page.

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test, vi } from 'vitest'
import { minutesFor, minutesReasons, timedReasons } from '../../src/cli/learn/minutes.ts'
import type { Proposal } from '../../src/cli/learn/proposal.ts'
import type { Gpu } from '../../src/gpu/gpu.ts'
import { COMPONENT_NAMES } from '../../src/model/component_names.ts'
import { minutesSentence, QualityMinutes } from '../../src/train_page/quality_minutes.ts'
import { MEASURED_RUNS, secondsOfMeasuredRun } from '../../src/training/measured_runs.ts'
import type { ModelSize } from '../../src/training/presets.ts'
import type { StepSeconds } from '../../src/training/step_timing.ts'
import { ROOT } from '../cli/run.ts'
import { tableOf } from '../docs/doc_table.ts'

test('docs/training.md has the steps and qualities', () => {
  const page = 'docs/training.md'
  const rows = tableOf(page, readFileSync(join(ROOT, page), 'utf8'), 'steps to a quality')
  const expected = Object.entries(MEASURED_RUNS).map(([size, run]) => [
    size,
    ...COMPONENT_NAMES.map(name => `${run[name].steps}: ${run[name].quality}`),
  ])
  expect(rows).toEqual(expected)
})

test('a component takes its steps times the seconds of one', () => {
  const step = { tokenizer: 2, latent_action: 0.5, dynamics: 0.25 }
  expect(secondsOfMeasuredRun('nano', step)).toEqual({ tokenizer: 3726, latent_action: 527, dynamics: 1875.5 })
})

test('the minutes are the fewest in which every component gets its seconds', () => {
  // Of 50 minutes 2760 s are left after the reserve: the tokenizer gets 745.2, latent actions 623.7, the dynamics 1391.1.
  const none = { tokenizer: 0, latent_action: 0, dynamics: 0 }
  expect(minutesFor(none)).toBe(1)
  for (const [name, seconds] of Object.entries({ tokenizer: 745, latent_action: 623, dynamics: 1391 })) {
    expect(minutesFor({ ...none, [name]: seconds }), name).toBe(50)
    expect(minutesFor({ ...none, [name]: seconds + 1 }), name).toBe(51)
  }
})

/** Of the run of Asylum: its seconds over its steps. */
const ASYLUM: StepSeconds = { tokenizer: 1304 / 4691, latent_action: 368 / 1054, dynamics: 2514 / 2222 }

test('where a step takes as long as in the measured training, that training’s minutes are needed', () => {
  expect(minutesReasons('tiny', ASYLUM, 60)).toEqual([
    'minutes 60: as asked for; about 85 on this machine for the steps of a documented training',
    'those steps: tokenizer 4691 of 0.28 s (30.6 dB), latent actions 1054 of 0.35 s (0.9 dB over the mean code) after 10 min of search, dynamics 2222 of 1.1 s (Δ₄PSNR 2.9 dB)',
  ])
  // On a fast GPU the search for codes is what takes longest: of 48 minutes the latent actions get 601.8 s, of 47 590.9.
  const fast = { tokenizer: 0.001, latent_action: 0.001, dynamics: 0.001 }
  expect(minutesReasons('small', fast, 60)[0]).toMatch(/about 48 on/)
})

const another = vi.hoisted(() => ({}))
vi.mock('../../src/cli/open_gpu.ts', () => ({ openGpu: async () => another }))

test('where a step cannot be timed a line says so, and another Gpu goes on', async () => {
  const gpu = {
    dispose: vi.fn(),
    get device(): GPUDevice {
      throw new Error('no memory')
    },
  }
  const proposal = { model: 'nano', size: { width: 64, height: 64 }, rate: 10, codes: 256 } as Proposal
  const timed = await timedReasons(gpu as unknown as Gpu, proposal, 9, () => undefined)
  expect(timed.gpu).toBe(another)
  expect(timed.reasons).toEqual(['minutes 9: as asked for; training steps could not be timed: no memory'])
  expect(gpu.dispose).toHaveBeenCalledOnce()
})

test('the page names the minutes of each component, the search for codes at the least', () => {
  expect(minutesSentence('tiny', ASYLUM)).toBe(
    'The steps of a documented training take here: tokenizer 22 min (30.6 dB), latent actions 6 min (0.9 dB over the mean code), dynamics 42 min (Δ₄PSNR 2.9 dB). Other videos differ.',
  )
  const fast = { tokenizer: 0.01, latent_action: 0.001, dynamics: 0.01 }
  expect(minutesSentence('nano', fast)).toContain('tokenizer 19 s (28.8 dB), latent actions 6 min ')
})

test('the page times each size and video once, and shows the newest', async () => {
  const line = { textContent: '' } as HTMLElement
  const asked: { size: ModelSize; answer(seconds?: StepSeconds): void; fail(error: Error): void }[] = []
  const minutes = new QualityMinutes(
    line,
    size =>
      new Promise((resolve, reject) => {
        asked.push({ size, answer: resolve, fail: reject })
      }),
  )
  const frame = { width: 64, height: 64, rate: 10 }
  const first = minutes.show('tiny', { frame })
  expect(line.textContent).toMatch(/^Timing/)
  await minutes.show('tiny', { frame })
  const second = minutes.show('nano', { frame })
  expect(asked.map(({ size }) => size)).toEqual(['tiny', 'nano'])
  asked[0]!.answer(ASYLUM)
  await first
  expect(line.textContent).toMatch(/^Timing/)
  asked[1]!.answer(ASYLUM)
  await second
  expect(line.textContent).toBe(minutesSentence('nano', ASYLUM))
  // Other codes are timed, too.
  const third = minutes.show('nano', { frame, codes: 256 })
  asked[2]!.fail(new Error('no memory'))
  await third
  expect(line.textContent).toBe('A training step could not be timed: no memory')
  // A training begins: what was being timed is not shown.
  const fourth = minutes.show('small', { frame })
  minutes.hide()
  asked[3]!.answer(undefined)
  await fourth
  expect(line.textContent).toBe('')
})
