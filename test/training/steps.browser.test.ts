// A training step as a whole: held to PyTorch's losses over ten steps, and to what it promises besides.

import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { Gpu } from '../../src/gpu/gpu.ts'
import { rgbaWords } from '../../src/media/pixels.ts'
import { parseConfig } from '../../src/model/config.ts'
import { isTrained, trainingTensors } from '../../src/training/component.ts'
import { type LossWeights, SPEC_WEIGHTS } from '../../src/training/losses.ts'
import { clipsThatFit, trainingMemory } from '../../src/training/memory.ts'
import { type Batch, TrainingStep } from '../../src/training/step.ts'
import {
  bytesSource,
  type HostTensor,
  joined,
  readSafetensors,
  writeSafetensors,
} from '../../src/weights/safetensors.ts'
import { countingDevice } from '../helpers/counting_device.ts'
import { fetchFiles } from '../helpers/fetch_files.ts'

const COMPONENTS = ['tokenizer', 'latent_action', 'dynamics'] as const
type Component = (typeof COMPONENTS)[number]
const CLIPS = 2
const FRAMES = 5
const RATE = 1e-3

const terms: Record<Component, LossWeights> = {
  tokenizer: { ...SPEC_WEIGHTS, reconstruction: 20 },
  latent_action: { ...SPEC_WEIGHTS, reconstruction: 20, crossEntropy: 0 },
  dynamics: SPEC_WEIGHTS,
}

let device: GPUDevice
beforeAll(async () => {
  device = (await Gpu.create()).device
})
afterAll(() => device.destroy())

async function scene(component: Component) {
  const file = `${component}.safetensors`
  const files = await fetchFiles('/test/golden/tiny', ['config.json', file, `steps/${file}`])
  const config = parseConfig(new TextDecoder().decode(files['config.json']))
  const { tensors } = await readSafetensors(bytesSource('steps', files[`steps/${file}`]!))
  const losses = new Float32Array(tensors.get('out.losses')!.data.slice().buffer)
  const create = (gpu: Gpu, bytes = files[file]!) =>
    TrainingStep.create(gpu, component, config, bytesSource(file, bytes), { clips: CLIPS, frames: FRAMES })
  return { config, losses, create, batch: batchOf(component, tensors) }
}

function batchOf(component: Component, tensors: Map<string, HostTensor>): Batch {
  const data = (name: string) => tensors.get(name)!.data.slice()
  if (component === 'dynamics') {
    const targets = new Int32Array(data('in.tokens').buffer)
    const mask = data('in.mask')
    const masked = mask.reduce((a, b) => a + b, 0)
    const actions = new Int32Array(data('in.actions').buffer)
    const led = Array.from({ length: CLIPS }, (_, b) => [
      -1,
      ...actions.subarray(b * (FRAMES - 1), (b + 1) * (FRAMES - 1)),
    ])
    return {
      tokens: targets.map((token, i) => (mask[i] ? 64 : token)),
      targets,
      weights: Float32Array.from(mask, m => m / masked),
      clock: Int32Array.of(0, 0, ...led.flat()),
    }
  }
  const frames = rgbaWords(data('in.frames'))
  const size = 32 * 32
  const without = (left: number) =>
    frames.filter((_, i) => Math.floor(i / size) % FRAMES !== left) as Uint32Array<ArrayBuffer>
  const ones = (length: number) => new Float32Array(length).fill(1)
  if (component === 'tokenizer')
    return { frames, weights: ones(frames.length), given: new Int32Array(CLIPS * FRAMES * 16).fill(-1) }
  const [before, after] = [without(FRAMES - 1), without(0)]
  const given = new Int32Array(CLIPS * (FRAMES - 1)).fill(-1)
  return { frames, before, after, weights: ones(after.length), given }
}

const rateAt = (step: number) => RATE * Math.min(1, step / 5)

test.each(COMPONENTS)('ten steps of the %s have the losses of PyTorch within a thousandth', async component => {
  const { losses, create, batch } = await scene(component)
  const gpu = await Gpu.create({ device, precision: 'f32' })
  const step = await create(gpu)
  step.write(batch)
  const found = []
  for (let t = 1; t <= losses.length; t++) {
    step.configure({ step: t, learningRate: rateAt(t), terms: terms[component] })
    step.run()
    found.push((await step.read()).loss)
  }
  gpu.dispose()
  found.forEach((loss, i) => {
    expect(Math.abs(loss - losses[i]!) / losses[i]!, `step ${i}: ${loss}, PyTorch ${losses[i]}`).toBeLessThan(1e-3)
  })
})

test('a step is one submit, makes nothing and reads nothing back', async () => {
  const { create, batch } = await scene('dynamics')
  const { device, counts } = await countingDevice()
  const gpu = await Gpu.create({ device, precision: 'f32' })
  const step = await create(gpu)
  step.write(batch)
  counts.reset()
  step.configure({ step: 1, learningRate: RATE, terms: SPEC_WEIGHTS })
  step.run()
  const { submit, createBuffer, createBindGroup, createComputePipeline, mapAsync } = counts.calls
  expect({ submit, createBuffer, createBindGroup, createComputePipeline, mapAsync }).toEqual({ submit: 1 })
  device.destroy()
})

test('a run that is taken up from weights and state goes on to the last bit', async () => {
  const { create, batch } = await scene('tokenizer')
  const gpu = await Gpu.create({ device, precision: 'f32' })
  const advance = async (step: TrainingStep, from: number, to: number) => {
    step.write(batch)
    for (let t = from; t < to; t++) {
      step.configure({ step: t, learningRate: RATE, terms: terms.tokenizer })
      step.run()
    }
    return (await step.read()).loss
  }
  const first = await create(gpu)
  await advance(first, 1, 3)
  const saved = { weights: joined(writeSafetensors(await first.weights())), state: await first.optimizerState() }
  const second = await create(gpu, saved.weights)
  second.restore(saved.state)
  expect(await advance(second, 3, 6)).toBe(await advance(first, 3, 6))
  gpu.dispose()
})

test('codes that nobody chooses move to latents, and are chosen', async () => {
  const { create, batch, config } = await scene('tokenizer')
  const gpu = await Gpu.create({ device, precision: 'f32' })
  const step = await create(gpu)
  step.write(batch)
  const idle = async () => new Int32Array((await step.optimizerState()).idle!.data.buffer)
  const advance = (t: number, reseedAfter: number) => {
    step.configure({ step: t, learningRate: 1e-6, terms: terms.tokenizer, reseedAfter, seed: t })
    step.run()
  }
  for (let t = 1; t <= 3; t++) advance(t, 0)
  const unused = (await idle()).reduce((sum, n) => sum + Number(n === 3), 0)
  expect(unused).toBeGreaterThan(20)
  expect(unused).toBeLessThan(config.tokenizer.codes)
  for (let t = 4; t <= 6; t++) advance(t, 3)
  expect((await idle()).reduce((sum, n) => sum + Number(n >= 3), 0)).toBe(0)
  gpu.dispose()
})

describe('what is not finite', () => {
  test('never reaches the weights; step and tensor are named, and where it began', async () => {
    const { create, batch } = await scene('dynamics')
    const gpu = await Gpu.create({ device, precision: 'f32' })
    const step = await create(gpu)
    const run = (t: number, weights: Float32Array<ArrayBuffer>) => {
      step.write({ ...batch, weights })
      step.configure({ step: t, learningRate: RATE, terms: SPEC_WEIGHTS })
      step.run()
    }
    const weights = batch.weights as Float32Array<ArrayBuffer>
    const spoilt = weights.map((w, i) => (i === 70 ? Number.NaN : w))
    run(1, weights)
    const before = await step.weights()
    run(2, spoilt)
    run(3, weights)
    await expect(step.read()).rejects.toThrow(/^step 2 is broken: the gradient of token\.weight and \d+ more tensors/)
    expect(await step.weights()).toEqual(before)
    step.write({ weights: spoilt })
    expect(await step.locateNonFinite()).toBe('token weights')
    gpu.dispose()
  })
})

describe('memory', () => {
  test.each(COMPONENTS)('of a %s step is known to the byte before it is made', async component => {
    const { create, config } = await scene(component)
    const gpu = await Gpu.create({ device, precision: 'f32' })
    await create(gpu)
    expect((await trainingMemory(component, config, { clips: CLIPS, frames: FRAMES })).total).toBe(gpu.bytes)
    gpu.dispose()
  })

  test('says how many clips fit', async () => {
    const { config } = await scene('dynamics')
    const memory = (clips: number) => trainingMemory('dynamics', config, { clips, frames: FRAMES })
    const three = (await memory(3)).total
    const room = { budget: three, limit: Number.POSITIVE_INFINITY }
    expect(await clipsThatFit('dynamics', config, { clips: 8, frames: FRAMES }, room)).toBe(3)
    expect(await clipsThatFit('dynamics', config, { clips: 2, frames: FRAMES }, room)).toBe(2)
    expect(await clipsThatFit('dynamics', config, { clips: 8, frames: FRAMES }, { ...room, limit: 1000 })).toBe(0)
  })
})

test('a batch of the wrong size, or of what a component does not take, is an error', async () => {
  const { create } = await scene('dynamics')
  const gpu = await Gpu.create({ device, precision: 'f32' })
  const step = await create(gpu)
  expect(() => step.write({ frames: new Uint32Array(4) })).toThrow('dynamics takes no frames, only tokens, targets')
  expect(() => step.write({ tokens: new Int32Array(4) })).toThrow('tokens has 4 numbers, expected [160]')
  gpu.dispose()
})

test('training in 16-bit floats is refused', async () => {
  const { create, config } = await scene('dynamics')
  expect(trainingTensors('dynamics', config).filter(spec => !isTrained(spec))).toHaveLength(1)
  const gpu = Object.create(await Gpu.create({ device, precision: 'f32' }), { precision: { value: 'f16' } }) as Gpu
  await expect(create(gpu)).rejects.toThrow("training wants a Gpu of precision 'f32'")
})
