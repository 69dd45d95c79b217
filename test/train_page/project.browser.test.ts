// A training's files in the browser, where storage is full or refused: what was kept stays, and a sentence says why.

import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { Project } from '../../src/ui/project.ts'
import { bytesSource, hostTensor, readSafetensors } from '../../src/weights/safetensors.ts'
import { World } from '../../src/world/world.ts'
import { randomModel, randomPicture, smallConfig } from '../helpers/random_model.ts'

beforeEach(async () => (await Project.open()).clear())
afterEach(() => vi.restoreAllMocks())

const tensors = (value: number) => ({ w: hostTensor(Float32Array.of(value), [1]) })

test('a full quota: the checkpoint before stays, and the next write succeeds', async () => {
  const project = await Project.open()
  const checkpoints = project.checkpoints('tokenizer')
  await checkpoints.write(tensors(1), { step: '1' })
  const full = () => Promise.reject(new DOMException('', 'QuotaExceededError'))
  for (const method of ['write', 'close'] as const) {
    const spy = vi.spyOn(FileSystemWritableFileStream.prototype, method).mockImplementation(full)
    await expect(checkpoints.write(tensors(2), { step: '2' })).rejects.toThrow(
      /^This browser cannot keep tokenizer\.\w\.checkpoint: its storage is full\. What was kept before is still there/,
    )
    spy.mockRestore()
    expect((await checkpoints.read())!.metadata.step).toBe('1')
  }
  await checkpoints.write(tensors(3), { step: '3' })
  expect((await checkpoints.read())!.metadata.step).toBe('3')
})

test('the checkpoint of a training that has started over is newer than one after more steps', async () => {
  const checkpoints = (await Project.open()).checkpoints('latent_action')
  const written: Record<string, string>[] = [
    { step: '500' },
    { step: '5', restarts: '1' },
    { step: '10', restarts: '1' },
    { step: '0', restarts: '2' },
  ]
  for (const metadata of written) {
    await checkpoints.write(tensors(1), metadata)
    expect(await checkpoints.metadata()).toEqual(metadata)
  }
})

test('a private window that keeps no files says so before a training begins', async () => {
  vi.spyOn(navigator.storage, 'getDirectory').mockRejectedValue(new DOMException('refused', 'SecurityError'))
  await expect(Project.open()).rejects.toThrow(
    /^This browser lets the page keep no files, so the training would be lost/,
  )
})

test('a plan that is no JSON is named', async () => {
  const project = await Project.open()
  await project.write('plan.json', '{')
  await expect(project.plan()).rejects.toThrow('plan.json in this browser is not JSON: start a new training')
})

test('a world whose dynamics has no checkpoint yet plays, with random weights; without a plan there is no world', async () => {
  const project = await Project.open()
  await expect(project.weights('dynamics')).rejects.toThrow('this browser holds no trained world')
  const config = smallConfig()
  await project.setPlan({ size: 'nano', minutes: { tokenizer: 1, latent_action: 1, dynamics: 1 }, config })
  const tokenizer = await readSafetensors(bytesSource('t', randomModel(config, 3)['tokenizer.safetensors']!))
  await project.checkpoints('tokenizer').write(Object.fromEntries(tokenizer.tensors), { step: '600' })
  const world = await World.load(project.source(), { precision: 'f32', tune: false })
  try {
    const { width, height } = config.frame
    await world.prompt(randomPicture(width, height))
    expect(world.step(0)).toBe(true)
    expect(await world.read()).toHaveLength(4 * width * height)
  } finally {
    world.dispose()
  }
})
