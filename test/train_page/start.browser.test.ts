// A training in the tab that starts from another world, whose files the browser keeps.

import { afterAll, beforeEach, expect, test } from 'vitest'
import type { EvalClips } from '../../src/evaluation/eval_clips.ts'
import { Gpu } from '../../src/gpu/gpu.ts'
import { firstStart, START_WORLDS } from '../../src/train_page/start_worlds.ts'
import { Trainer, type TrainingEvent } from '../../src/train_page/trainer.ts'
import { splitCheckpoint } from '../../src/training/loop.ts'
import { type Plan, Project, START_FILES, startName } from '../../src/ui/project.ts'
import { toFloat32 } from '../../src/weights/floats.ts'
import { bytesSource, readSafetensors } from '../../src/weights/safetensors.ts'
import { browserAdapter } from '../helpers/kernel_tests.ts'
import { randomModel, randomNumbers, smallConfig } from '../helpers/random_model.ts'

const gpu = await Gpu.create({ adapter: await browserAdapter(), precision: 'f32' })
afterAll(() => gpu.dispose())

const config = smallConfig({ frame: { height: 24, width: 24 } })
const clips: EvalClips = {
  clips: 6,
  length: 6,
  async frames(clip, first, count) {
    const random = randomNumbers(10 * clip + first)
    return Uint8Array.from({ length: count * 24 * 24 * 3 }, () => 128 + 127 * random())
  },
}
const other = randomModel(config, 5)
const plan: Plan = {
  size: 'nano',
  start: 'other',
  minutes: { tokenizer: 1e-6, latent_action: 1e-6, dynamics: 1e-6 },
  config,
  advice: {},
}

let project: Project
beforeEach(async () => {
  project = await Project.open()
  await project.clear()
  for (const file of START_FILES) await project.write(startName(file), other[file]!.slice())
})

/** Trains the tokenizer until so many reports. @returns what the page was told */
async function trained(given: Plan, reports: number): Promise<string[]> {
  const notices: string[] = []
  let left = reports
  const onEvent = (event: TrainingEvent) => {
    if (event.kind === 'notice') notices.push(event.text)
    if (event.kind === 'reported') left--
  }
  await new Trainer(gpu, project, structuredClone(given), clips, onEvent, () => left <= 0).run()
  return notices
}

/** The largest difference of the tokenizer's weights from those of the other world. */
async function distance(): Promise<number> {
  const { weights } = splitCheckpoint((await project.checkpoints('tokenizer').read())!.tensors)
  const { tensors } = await readSafetensors(bytesSource('other', other['tokenizer.safetensors']!))
  const differences = Object.entries(weights).flatMap(([name, tensor]) => {
    const [own, theirs] = [tensor, tensors.get(name)!].map(t => toFloat32(t, name)) as [Float32Array, Float32Array]
    return [...own].map((value, i) => Math.abs(value - theirs[i]!))
  })
  return Math.max(...differences)
}

test('it begins with the other world’s weights, says so, and is resumed without that world', async () => {
  const notices = await trained(plan, 1)
  expect(notices.join()).toMatch(/^tokenizer: (\d+) of \1 tensors fit and come from other\.$/)
  expect(await distance()).toBeLessThan(0.05)
  expect(await project.checkpoints('tokenizer').metadata()).toMatchObject({ isContinued: 'true', step: '1' })
  await project.remove(...START_FILES.map(startName))
  await trained(plan, 1)
  expect(Number((await project.checkpoints('tokenizer').metadata())!.step)).toBeGreaterThan(1)
  // What a training from nothing has.
  await project.clear()
  const { start: _, ...fresh } = plan
  await trained(fresh, 1)
  expect(await distance()).toBeGreaterThan(0.2)
})

test('a world that is gone before the first step is one sentence', async () => {
  await project.remove(startName('tokenizer.safetensors'))
  const notices = await trained(plan, 1)
  expect(notices).toEqual(['tokenizer: trained from scratch, because other has none.'])
})

test('by default a training starts from the foundation world, on a GPU and in its frame size', () => {
  const frame = { height: 64, width: 64, rate: 10 }
  expect(firstStart({ frame }, false)).toBe(START_WORLDS[0])
  expect(START_WORLDS[0]!.name).toBe('foundation')
  expect(firstStart({ frame }, true)).toBe(undefined)
  expect(firstStart({ frame: { ...frame, width: 96 } }, false)).toBe(undefined)
})
