// Hard EM on squares that move left and right.

import { expect, test } from 'vitest'
import { Gpu } from '../../src/gpu/gpu.ts'
import { latentActionSpec } from '../../src/training/components/latent_action.ts'
import { trainableOf } from '../../src/training/components/spec.ts'
import type { Clips } from '../../src/training/data/clips.ts'
import { trainingMemory } from '../../src/training/memory.ts'
import { Random } from '../../src/training/random.ts'
import { TrainingStep } from '../../src/training/step.ts'
import { CodeScorer } from '../../src/training/winners.ts'
import { bytesSource, joined, writeSafetensors } from '../../src/weights/safetensors.ts'
import { browserAdapter } from '../helpers/kernel_tests.ts'
import { smallConfig } from '../helpers/random_model.ts'

const [HEIGHT, WIDTH, SIDE, STEP, LENGTH] = [8, 32, 8, 4, 8]
const config = smallConfig({
  frame: { height: HEIGHT, width: WIDTH },
  latent_action: {
    patch: 8,
    width: 64,
    heads: 4,
    ffn: 64,
    encoder_layers: 2,
    decoder_layers: 1,
    window: 2,
    actions: 3,
    code_width: 8,
  },
})
const SHAPE = { clips: 10, frames: 5 }

/** Squares that go by chance to the left, stay, or go to the right, in every frame anew. */
function walks(seed: number): Clips {
  const walk = (clip: number) => {
    const random = new Random(seed, clip)
    const places = [STEP * random.integer((WIDTH - SIDE) / STEP + 1)]
    while (places.length < LENGTH) {
      const [at, step] = [places.at(-1)!, STEP * (random.integer(3) - 1)]
      places.push(at + step < 0 || at + step > WIDTH - SIDE ? at - step : at + step)
    }
    return places
  }
  return {
    clips: 200,
    length: LENGTH,
    async frames(clip, first, count) {
      const places = walk(clip).slice(first, first + count)
      return Uint8Array.from({ length: count * HEIGHT * WIDTH * 3 }, (_, i) => {
        const [x, left] = [Math.floor(i / 3) % WIDTH, places[Math.floor(i / (3 * HEIGHT * WIDTH))]!]
        return x >= left && x < left + SIDE ? [250, 200, 30][i % 3]! : 40
      })
    },
  }
}

const openGpu = async () => Gpu.create({ adapter: await browserAdapter(), precision: 'f32' })

async function begin(gpu: Gpu) {
  const open = async (file: string): Promise<never> => {
    throw new Error(`${file} is not needed`)
  }
  const recipe = await latentActionSpec.recipe({ gpu, config, clips: walks(5), shape: SHAPE, open, labels: 'winners' })
  const start = joined(writeSafetensors((await recipe.initWeights(new Random(1, 0), gpu)).toTensors()))
  const source = bytesSource('start', start)
  return { recipe, training: await TrainingStep.create(gpu, trainableOf(latentActionSpec, config, SHAPE), source) }
}

test('the error of each code is the reconstruction term of a step with that code', async () => {
  const gpu = await openGpu()
  const { recipe, training } = await begin(gpu)
  training.write(recipe.constants!)
  const { batch, lossWeights } = await recipe.batch({ step: 1, progress: 0.9 }, new Random(1, 1))
  training.write(batch)
  const scorer = await CodeScorer.create(training, config, SHAPE)
  const errors = await scorer.errors()
  const count = SHAPE.clips * (SHAPE.frames - 1)
  expect(errors).toHaveLength(3 * count)
  for (const code of [0, 1, 2]) {
    training.write({
      targetWeights: new Float32Array(count).fill(1 / count),
      forcedCodes: new Int32Array(count).fill(code),
    })
    training.configure({ step: 1, learningRate: 0, lossWeights })
    training.run()
    const { terms } = await training.read()
    const sum = errors.reduce((total, error, i) => total + (i % 3 === code ? error : 0), 0)
    expect(Math.abs(sum / terms.reconstruction! - 1)).toBeLessThan(1e-4)
  }
  gpu.dispose()
})

test('the memory of the scorer is computed to the byte before it is created', async () => {
  const gpu = await openGpu()
  const { training } = await begin(gpu)
  await CodeScorer.create(training, config, SHAPE)
  const beside = (step: TrainingStep) => CodeScorer.create(step, config, SHAPE)
  const { total } = await trainingMemory(latentActionSpec, config, SHAPE, beside)
  expect(total).toBe(gpu.bytes)
  gpu.dispose()
})
