// Health while a component trains in the tab: its card shows it, and latent actions whose codes collapse start over, also after a reload.

import { afterAll, afterEach, beforeEach, expect, test, vi } from 'vitest'
import type { EvalClips } from '../../src/evaluation/eval_clips.ts'
import { Gpu } from '../../src/gpu/gpu.ts'
import { ComponentCard } from '../../src/train_page/component_card.ts'
import { finishedEvent } from '../../src/train_page/finished.ts'
import { Trainer, type TrainingEvent } from '../../src/train_page/trainer.ts'
import { type Plan, Project } from '../../src/ui/project.ts'
import { hostTensor } from '../../src/weights/safetensors.ts'
import { emptyActionCodes } from '../helpers/action_codes.ts'
import { browserAdapter } from '../helpers/kernel_tests.ts'
import { smallConfig } from '../helpers/random_model.ts'

const SIZE = 24
/** Of codes that are the same for all transitions, so the encoder's collapse. So few minutes give the fewest steps: ten. */
const plan: Plan = {
  size: 'nano',
  minutes: { tokenizer: 1e-6, latent_action: 1e-6, dynamics: 1e-6 },
  config: smallConfig({
    frame: { height: SIZE, width: SIZE },
    latent_action: { patch: 12, width: 48, heads: 4, ffn: 48, actions: 3, code_width: 8 },
  }),
  advice: { tokenizer: [] },
}

const clips: EvalClips = {
  clips: 4,
  length: 4,
  async frames(clip, first, count) {
    const frame = 3 * SIZE * SIZE
    return Uint8Array.from(
      { length: count * frame },
      (_, i) => (7 * i + 40 * (first + Math.floor(i / frame)) + clip) % 256,
    )
  },
}

const adapter = await browserAdapter()
const gpu = await Gpu.create({ adapter, precision: 'f32' })
afterAll(() => gpu.dispose())
afterEach(() => vi.restoreAllMocks())

let project: Project
beforeEach(async () => {
  project = await Project.open()
  await project.clear()
  await project.setPlan(plan)
  await project.codeStore.write(emptyActionCodes())
  const weights = { w: hostTensor(Float32Array.of(1), [1]) }
  await project.checkpoints('tokenizer').write(weights, { step: '1', steps: '1', seconds: '1', log: '[]' })
})

type Event<Kind> = Extract<TrainingEvent, { kind: Kind }>
const of = <Kind extends TrainingEvent['kind']>(events: TrainingEvent[], kind: Kind) =>
  events.filter((event): event is Event<Kind> => event.kind === kind)
const kept = async () => (await project.checkpoints('latent_action').metadata())!

/** Trains the latent actions. An hour passes in the first step of each attempt. @param isEnd tells the event after which it is stopped */
async function trained(isEnd: (event: TrainingEvent) => boolean): Promise<TrainingEvent[]> {
  const now = performance.now.bind(performance)
  let later = 0
  vi.spyOn(performance, 'now').mockImplementation(() => now() + later)
  const events: TrainingEvent[] = []
  let isStopped = false
  const onEvent = (event: TrainingEvent) => {
    const isFirst = event.kind === 'reported' && events.at(-1)?.kind === 'started'
    if (isFirst) later += 3_600_000
    if ('component' in event && event.component === 'latent_action') events.push(event)
    isStopped ||= isEnd(event)
  }
  await new Trainer(gpu, project, structuredClone(plan), clips, onEvent, () => isStopped).run()
  vi.restoreAllMocks()
  return events
}

test('a trained component of a plan of an earlier version, which keeps no advice, is finished', () => {
  const metadata = { step: '10', steps: '10', log: '[]' }
  expect(finishedEvent('dynamics', plan, metadata)).toBeUndefined() // trained, but not measured
  const { advice: _, ...earlier } = plan
  expect(finishedEvent('dynamics', earlier, metadata)).toMatchObject({ step: 10, advice: [], health: '' })
})

test('collapsed codes are trained again with the next seed, twice, each time for the steps that are left', async () => {
  const events = await trained(event => event.kind === 'finished' && event.component === 'latent_action')
  const started = of(events, 'started')
  expect(started.map(({ step, steps, restarts }) => [step, steps, restarts])).toEqual([
    [0, 10, 0],
    [0, 9, 1],
    [0, 8, 2],
  ])
  const advice = of(events, 'health').map(health => health.advice.join('; '))
  // One in each attempt, and one after the last step.
  expect(advice).toHaveLength(4)
  expect(advice[0]).toMatch(/^code \d has \d+ % of all transitions; .*starting over with seed 2$/)
  expect(advice[1]).toMatch(/^code \d has \d+ % of all transitions; .*starting over with seed 3$/)
  for (const last of advice.slice(2)) {
    expect(last).toMatch(/^code \d has \d+ % of all transitions, even after 2 restarts: record a video/)
    expect(last).not.toContain('starting over')
  }
  expect(of(events, 'health')[0]!.text).toMatch(/^codes \d+ % \d+ % \d+ %, /)
  // The card is told before the work for the next attempt.
  const again = of(events, 'preparing').flatMap(({ text, restarts }) =>
    restarts === undefined ? [] : [[text, restarts]],
  )
  expect(again).toEqual([
    ['Starting over with seed 2', 1],
    ['Starting over with seed 3', 2],
  ])
  const [finished] = of(events, 'finished')
  expect(finished!.advice.join('; ')).toBe(advice[3])
  expect(finished).toMatchObject({ restarts: 2, health: of(events, 'health')[3]!.text })
  // After a reload the card has all of it.
  expect(finishedEvent('latent_action', (await project.plan())!, await kept())).toEqual(finished)
  expect(await kept()).toMatchObject({ step: '8', steps: '8', seed: '3', restarts: '2' })
  // No key is the code that has collapsed: no other occurs. Keys are bound after the dynamics.
  const collapsed = Number(advice[3]!.match(/^code (\d)/)![1])
  expect((await project.plan())!.config.keys).toEqual({ '': collapsed })
})

test('a training that has started over is resumed where it was, with its seed', async () => {
  let attempts = 0
  // Stopped in the first step of the second attempt: its codes have collapsed, too, so a third one follows.
  const before = await trained(event => {
    if (event.kind === 'started') attempts++
    return event.kind === 'reported' && attempts === 2
  })
  expect(of(before, 'started').map(({ restarts }) => restarts)).toEqual([0, 1])
  expect(await kept()).toMatchObject({ step: '1', seed: '2', restarts: '1', collapsed: 'true' })
  // Stopped before the first step of the third attempt, and then after its second.
  const atStart = await trained(event => event.kind === 'started')
  expect(of(atStart, 'started').map(({ step, steps, restarts }) => [step, steps, restarts])).toEqual([[0, 8, 2]])
  expect(await kept()).toMatchObject({ step: '0', steps: '8', seed: '3', restarts: '2' })
  expect(await kept()).not.toHaveProperty('collapsed')
  const resumed = await trained(event => event.kind === 'finished' && event.component === 'latent_action')
  expect(of(resumed, 'started').map(({ steps, restarts }) => [steps, restarts])).toEqual([[8, 2]])
  expect(await kept()).toMatchObject({ step: '8', seed: '3', restarts: '2' })
})

test('a checkpoint without restarts in its metadata counts as seed 1, and is resumed to its steps', async () => {
  await trained(event => event.kind === 'reported')
  const store = project.checkpoints('latent_action')
  const { tensors, metadata } = (await store.read())!
  const { steps, log, seconds } = metadata as Record<'steps' | 'log' | 'seconds', string>
  await project.remove('latent_action.a.checkpoint', 'latent_action.b.checkpoint')
  await store.write(Object.fromEntries(tensors), { step: '2', steps, log, seconds })
  const events = await trained(event => event.kind === 'started')
  expect(of(events, 'started').map(({ step, steps, restarts }) => [step, steps, restarts])).toEqual([[2, 10, 0]])
})

test('a card shows the numbers and the advice while they hold, and that its component has started over', () => {
  const card = new ComponentCard('latent_action')
  document.body.append(card.element)
  const text = (line: string) => card.element.querySelector(`.${line}`)!.textContent
  const component = 'latent_action'
  card.onEvent({ kind: 'started', component, step: 0, steps: 10, restarts: 0, log: [] })
  expect([text('health'), text('next')]).toEqual(['', ''])
  const advice = ['code 1 has 96 % of all transitions', 'starting over with seed 2']
  card.onEvent({ kind: 'health', component, text: 'codes 4 % 96 %', advice })
  expect(text('health')).toBe('Health: codes 4 % 96 %.')
  expect(text('next')).toBe('Code 1 has 96 % of all transitions. Starting over with seed 2.')
  card.onEvent({ kind: 'reported', component, point: { step: 1, loss: 2, metric: 0.5 }, rate: 1 })
  expect(text('numbers')).toMatch(/^loss 2\.000/)
  expect(card.element.querySelector('.uplot')).not.toBe(null)
  card.onEvent({ kind: 'preparing', component, text: 'Starting over with seed 2', restarts: 1 })
  expect([card.element.dataset.state, text('component-head p'), text('numbers'), text('next')]).toEqual([
    'preparing',
    'Starting over with seed 2…',
    '',
    '',
  ])
  expect(card.element.querySelector('.uplot')).toBe(null)
  card.onEvent({ kind: 'started', component, step: 0, steps: 9, restarts: 1, log: [] })
  expect(text('health')).toBe('Started over once, because its codes had collapsed. ')
  card.onEvent({ kind: 'health', component, text: 'codes 50 % 50 %', advice: [] })
  expect(text('health')).toBe('Started over once, because its codes had collapsed. Health: codes 50 % 50 %.')
  expect(text('next')).toBe('')
  card.element.remove()
  // As after a reload.
  const other = new ComponentCard(component)
  const done = { step: 9, restarts: 2, log: [], advice: [], health: 'codes 50 % 50 %' }
  other.onEvent({ kind: 'finished', component, ...done })
  expect(other.element.querySelector('.health')!.textContent).toBe(
    'Started over 2 times, because its codes had collapsed. Health: codes 50 % 50 %.',
  )
})
