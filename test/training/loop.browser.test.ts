// Trainings as a whole, on clips of a square that goes left or right: each component learns, and a run that was stopped goes on as if
// it had not been.

import { expect, test } from 'vitest'
import { Gpu } from '../../src/gpu/gpu.ts'
import type { Clips } from '../../src/training/data/clips.ts'
import { checkpointOf, type Recipe, splitCheckpoint, trainLoop } from '../../src/training/loop.ts'
import { Random } from '../../src/training/random.ts'
import { dynamicsRecipe } from '../../src/training/recipe_dynamics.ts'
import { latentActionRecipe } from '../../src/training/recipe_latent_action.ts'
import { tokenizerRecipe } from '../../src/training/recipe_tokenizer.ts'
import { type StepReport, TrainingStep } from '../../src/training/step.ts'
import { bytesSource, type HostTensor, joined, writeSafetensors } from '../../src/weights/safetensors.ts'
import { browserAdapter } from '../helpers/kernel_tests.ts'
import { smallConfig } from '../helpers/random_model.ts'

const SIZE = 24
const config = smallConfig({
  frame: { height: SIZE, width: SIZE },
  tokenizer: { patch: 6, width: 32, heads: 2, ffn: 32, window: 2, codes: 16, code_width: 8 },
  latent_action: { patch: 12, width: 48, heads: 4, ffn: 48, window: 2, actions: 3, code_width: 8 },
  dynamics: { width: 32, heads: 2, ffn: 32, layers: 1, window: 2 },
})

/** Clip n: a square that starts somewhere and goes 2 pixels to the left, stays, or goes to the right. */
const clips: Clips = {
  clips: 30,
  length: 4,
  async frames(clip, first, count) {
    const bytes = new Uint8Array(count * SIZE * SIZE * 3).fill(40)
    for (let t = 0; t < count; t++) {
      const left = 9 + (clip % 3) + 2 * ((clip % 3) - 1) * (first + t)
      for (let y = 10; y < 15; y++)
        for (let x = left; x < left + 5; x++) bytes.set([250, 200, 30], ((t * SIZE + y) * SIZE + x) * 3)
    }
    return bytes
  },
}

async function learn(
  gpu: Gpu,
  recipe: Recipe,
  steps: number,
  from?: { at: number; tensors: Record<string, HostTensor> },
) {
  const { weights, state } = from
    ? splitCheckpoint(new Map(Object.entries(from.tensors)))
    : { weights: (await recipe.initWeights(new Random(1, 0), gpu)).toTensors(), state: undefined }
  const source = bytesSource('start', joined(writeSafetensors(weights)))
  const training = await TrainingStep.create(gpu, recipe.component, config, source, recipe.shape)
  if (state) training.restore(state)
  const reports: StepReport[] = []
  let saved: Record<string, HostTensor> | undefined
  await trainLoop(training, recipe, from?.at ?? 0, {
    seed: 1,
    warmUp: 5,
    progress: step => step / steps,
    wantsReport: step => step % 10 === 0,
    onReport: (_, report) => reports.push(report),
    wantsCheckpoint: step => step === steps / 2,
    onCheckpoint: async () => {
      saved = await checkpointOf(training)
    },
  })
  return { reports, saved: saved!, weights: await training.weights() }
}

const openGpu = async () => Gpu.create({ adapter: await browserAdapter(), precision: 'f32' })

test('the tokenizer: plain at first, then with codes; a run taken up from its checkpoint ends with the same weights', async () => {
  const gpu = await openGpu()
  const recipe = () => tokenizerRecipe(config, clips, { clips: 3, frames: 2 }, 60)
  const { reports, saved, weights } = await learn(gpu, recipe(), 60)
  expect(reports.at(-1)!.terms.mse! / reports[0]!.terms.mse!).toBeLessThan(0.5)
  expect(reports.at(-1)!.terms.code!).toBeLessThan(0.5)
  const again = await learn(gpu, recipe(), 60, { at: 30, tensors: saved })
  expect(again.weights).toEqual(weights)
  gpu.dispose()
})

test('latent actions: the encoder begins by naming which way the square goes, and learns to be sure of it', async () => {
  const gpu = await openGpu()
  const recipe = latentActionRecipe(config, clips, { clips: 8, frames: 2 })
  const untrained = await learn(gpu, { ...recipe, learningRate: 0 }, 20)
  for (const { terms: parts } of untrained.reports) expect(parts.named!).toBeGreaterThan(0.9)
  const { reports } = await learn(gpu, recipe, 200)
  expect(reports.at(-1)!.terms.named!).toBeGreaterThan(0.9)
  expect(reports.at(-1)!.terms.naming!).toBeLessThan(0.5 * untrained.reports[0]!.terms.naming!)
  gpu.dispose()
})

test('a video of one colour, in which nothing moves, can be trained on', async () => {
  const gpu = await openGpu()
  const still: Clips = { ...clips, frames: async (_, __, count) => new Uint8Array(count * SIZE * SIZE * 3).fill(90) }
  const shape = { clips: 4, frames: 2 }
  const { reports } = await learn(gpu, latentActionRecipe(config, still, shape), 20)
  expect(reports.at(-1)!.terms.named!).toBe(1)
  const drawn = await learn(gpu, tokenizerRecipe(config, still, shape, 20), 20)
  expect(drawn.reports.at(-1)!.terms.mse!).toBeLessThan(1e-3)
  gpu.dispose()
})

// Token s of frame t is known from the action that led to it alone.
const labels = {
  tokens: async (clip: number) => Int32Array.from({ length: 4 * 16 }, (_, i) => ((i % 16) + (clip % 3) * 5) % 16),
  actions: async (clip: number) => new Int32Array(3).fill(clip % 3),
  codebook: Float32Array.from({ length: 16 * 8 }, (_, i) => Math.cos(i)),
  actionCodebook: Float32Array.from({ length: 3 * 8 }, (_, i) => Number(i % 9 === 0)),
}

test('the dynamics: masked tokens are learned from past and action', async () => {
  const gpu = await openGpu()
  const { reports, weights } = await learn(gpu, dynamicsRecipe(config, clips, labels, { clips: 4, frames: 4 }), 300)
  expect(reports.at(-1)!.loss / reports[0]!.loss).toBeLessThan(0.5)
  expect(new Float32Array(weights.action_codebook!.data.slice().buffer)).toEqual(labels.actionCodebook)
  gpu.dispose()
})

test('a batch with NaN stops the run: the step is named, a tensor, and where it began', async () => {
  const gpu = await openGpu()
  const recipe = dynamicsRecipe(config, clips, labels, { clips: 1, frames: 4 })
  const spoilt: Recipe = {
    ...recipe,
    async batch(step, progress, random) {
      const made = await recipe.batch(step, progress, random)
      if (step === 7) (made.batch.weights as Float32Array)[40] = Number.NaN
      return made
    },
  }
  await expect(learn(gpu, spoilt, 20)).rejects.toThrow(
    /^step 7 is broken: the gradient of .* is not finite; the weights are those of step 6; it began in token weights$/,
  )
  gpu.dispose()
})
