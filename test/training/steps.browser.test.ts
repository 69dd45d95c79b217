// A training step: ten steps have PyTorch's losses, and checkpoints, memory, dead codes and errors work as documented.

import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { parseConfig } from '../../src/families/parse_config.ts'
import { Gpu } from '../../src/gpu/gpu.ts'
import { rgbaWords } from '../../src/media/pixels.ts'
import { type ComponentSpec, trainableOf } from '../../src/training/components/spec.ts'
import { COMPONENTS, componentNamed } from '../../src/training/components.ts'
import { BASE_WEIGHTS } from '../../src/training/losses.ts'
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

const CLIPS = 2
const FRAMES = 5
const RATE = 1e-3

const tokenizer = componentNamed('tokenizer')!
const dynamics = componentNamed('dynamics')!

/** Of PyTorch's steps. */
const weightsOf = ({ lossWeights: { base, train } }: ComponentSpec) => ({
  ...base,
  reconstruction: train.reconstruction,
})

let device: GPUDevice
beforeAll(async () => {
  device = (await Gpu.create()).device
})
afterAll(() => device.destroy())

async function scene(component: ComponentSpec) {
  const file = `${component.name}.safetensors`
  const files = await fetchFiles('/test/golden/tiny', ['config.json', file, `steps/${file}`])
  const config = parseConfig(new TextDecoder().decode(files['config.json']))
  const { tensors } = await readSafetensors(bytesSource('steps', files[`steps/${file}`]!))
  const losses = new Float32Array(tensors.get('out.losses')!.data.slice().buffer)
  const create = (gpu: Gpu, bytes = files[file]!) =>
    TrainingStep.create(gpu, trainableOf(component, config, { clips: CLIPS, frames: FRAMES }), bytesSource(file, bytes))
  return { config, losses, create, batch: batchOf(component.name, tensors) }
}

function batchOf(component: string, tensors: Map<string, HostTensor>): Batch {
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
      tokenWeights: Float32Array.from(mask, m => m / masked),
      frameInfo: Int32Array.of(0, 0, ...led.flat()),
    }
  }
  const frames = rgbaWords(data('in.frames'))
  const size = 32 * 32
  const without = (left: number) =>
    frames.filter((_, i) => Math.floor(i / size) % FRAMES !== left) as Uint32Array<ArrayBuffer>
  const ones = (length: number) => new Float32Array(length).fill(1)
  if (component === 'tokenizer')
    return { frames, pixelWeights: ones(frames.length), targetCodes: new Int32Array(CLIPS * FRAMES * 16).fill(-1) }
  const [sourceFrames, targetFrames] = [without(FRAMES - 1), without(0)]
  const targetCodes = new Int32Array(CLIPS * (FRAMES - 1)).fill(-1)
  return { frames, sourceFrames, targetFrames, frameWeights: ones(targetFrames.length), targetCodes }
}

const rateAt = (step: number) => RATE * Math.min(1, step / 5)

test.each(COMPONENTS)('ten steps of the $name have the losses of PyTorch within a thousandth', async component => {
  const { losses, create, batch } = await scene(component)
  const gpu = await Gpu.create({ device, precision: 'f32' })
  const step = await create(gpu)
  step.write(batch)
  const found = []
  for (let t = 1; t <= losses.length; t++) {
    step.configure({ step: t, learningRate: rateAt(t), lossWeights: weightsOf(component) })
    step.run()
    found.push((await step.read()).loss)
  }
  gpu.dispose()
  found.forEach((loss, i) => {
    expect(Math.abs(loss - losses[i]!) / losses[i]!, `step ${i}: ${loss}, PyTorch ${losses[i]}`).toBeLessThan(1e-3)
  })
})

test('a step is one submit, creates no GPU object and reads nothing back', async () => {
  const { create, batch } = await scene(dynamics)
  const { device, counts } = await countingDevice()
  const gpu = await Gpu.create({ device, precision: 'f32' })
  const step = await create(gpu)
  step.write(batch)
  counts.reset()
  step.configure({ step: 1, learningRate: RATE, lossWeights: BASE_WEIGHTS })
  step.run()
  const { submit, createBuffer, createBindGroup, createComputePipeline, mapAsync } = counts.calls
  expect({ submit, createBuffer, createBindGroup, createComputePipeline, mapAsync }).toEqual({ submit: 1 })
  device.destroy()
})

test('a run that is resumed from weights and state computes the same bits', async () => {
  const { create, batch } = await scene(tokenizer)
  const gpu = await Gpu.create({ device, precision: 'f32' })
  const advance = async (step: TrainingStep, from: number, to: number) => {
    step.write(batch)
    for (let t = from; t < to; t++) {
      step.configure({ step: t, learningRate: RATE, lossWeights: weightsOf(tokenizer) })
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

test('dead codes move to latents, and are then chosen', async () => {
  const { create, batch, config } = await scene(tokenizer)
  const gpu = await Gpu.create({ device, precision: 'f32' })
  const step = await create(gpu)
  step.write(batch)
  const idle = async () => new Int32Array((await step.optimizerState()).idle!.data.buffer)
  const advance = (t: number, resetAfter: number) => {
    step.configure({ step: t, learningRate: 1e-6, lossWeights: weightsOf(tokenizer), resetAfter, seed: t })
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

describe('a number that is not finite', () => {
  test('never reaches the weights; the error names step and tensor, and the tensor where it first appeared is found', async () => {
    const { create, batch } = await scene(dynamics)
    const gpu = await Gpu.create({ device, precision: 'f32' })
    const step = await create(gpu)
    const run = (t: number, weights: Float32Array<ArrayBuffer>) => {
      step.write({ ...batch, tokenWeights: weights })
      step.configure({ step: t, learningRate: RATE, lossWeights: BASE_WEIGHTS })
      step.run()
    }
    const weights = batch.tokenWeights as Float32Array<ArrayBuffer>
    const corrupted = weights.map((w, i) => (i === 70 ? Number.NaN : w))
    run(1, weights)
    const before = await step.weights()
    run(2, corrupted)
    run(3, weights)
    await expect(step.read()).rejects.toThrow(
      /^step 2: the gradient of token\.weight and of \d+ more tensors is not finite, the weights are those of step 1$/,
    )
    expect(await step.weights()).toEqual(before)
    step.write({ tokenWeights: corrupted })
    expect(await step.locateNonFinite()).toBe('token weights')
    gpu.dispose()
  })
})

describe('memory', () => {
  test.each(COMPONENTS)('of a $name step is computed to the byte before it is created', async component => {
    const { create, config } = await scene(component)
    const gpu = await Gpu.create({ device, precision: 'f32' })
    await create(gpu)
    expect((await trainingMemory(component, config, { clips: CLIPS, frames: FRAMES })).total).toBe(gpu.bytes)
    gpu.dispose()
  })

  test('limits how many clips fit', async () => {
    const { config } = await scene(dynamics)
    const memory = (clips: number) => trainingMemory(dynamics, config, { clips, frames: FRAMES })
    const three = (await memory(3)).total
    const room = { budget: three, limit: Number.POSITIVE_INFINITY }
    expect(await clipsThatFit(dynamics, config, { clips: 8, frames: FRAMES }, room)).toBe(3)
    expect(await clipsThatFit(dynamics, config, { clips: 2, frames: FRAMES }, room)).toBe(2)
    expect(await clipsThatFit(dynamics, config, { clips: 8, frames: FRAMES }, { ...room, limit: 1000 })).toBe(0)
  })
})

test('an input of the wrong size, or one that does not exist, is an error', async () => {
  const { create } = await scene(dynamics)
  const gpu = await Gpu.create({ device, precision: 'f32' })
  const step = await create(gpu)
  expect(() => step.write({ frames: new Uint32Array(4) })).toThrow(
    'dynamics has no input frames, expected tokens, targets',
  )
  expect(() => step.write({ tokens: new Int32Array(4) })).toThrow('tokens has 4 numbers, expected 160')
  gpu.dispose()
})

test('training in 16-bit floats is refused', async () => {
  const { create, config } = await scene(dynamics)
  expect(dynamics.parameters(config).filter(spec => !spec.trainable)).toHaveLength(1)
  const gpu = Object.create(await Gpu.create({ device, precision: 'f32' }), { precision: { value: 'f16' } }) as Gpu
  await expect(create(gpu)).rejects.toThrow("training needs a Gpu of precision 'f32'")
})
