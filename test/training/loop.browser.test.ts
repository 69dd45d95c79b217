// Whole trainings on clips of a square that moves left or right: each component learns, and a resumed run ends with the same weights.

import { expect, test } from 'vitest'
import { Gpu } from '../../src/gpu/gpu.ts'
import { dynamicsSpec } from '../../src/training/components/dynamics.ts'
import { latentActionSpec } from '../../src/training/components/latent_action.ts'
import { type ComponentSpec, type RecipeContext, trainableOf } from '../../src/training/components/spec.ts'
import { tokenizerSpec } from '../../src/training/components/tokenizer.ts'
import type { Clips, ClipWindow } from '../../src/training/data/clips.ts'
import { checkpointOf, type Recipe, splitCheckpoint, trainLoop } from '../../src/training/loop.ts'
import type { BatchShape } from '../../src/training/losses.ts'
import { Random } from '../../src/training/random.ts'
import { dynamicsRecipe } from '../../src/training/recipe_dynamics.ts'
import { latentActionRecipe } from '../../src/training/recipe_latent_action.ts'
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

const context = (gpu: Gpu, clips: Clips, shape: BatchShape): RecipeContext => ({
  gpu,
  config,
  clips,
  shape,
  async open(file) {
    throw new Error(`${file} is not needed`)
  },
})

const fileOf = (tensors: Record<string, HostTensor>) => bytesSource('file', joined(writeSafetensors(tensors)))

async function learn(
  { gpu, config, shape }: RecipeContext,
  component: ComponentSpec,
  recipe: Recipe,
  steps: number,
  from?: { at: number; tensors: Record<string, HostTensor> },
  checkpoint?: number,
) {
  const { weights, state } = from
    ? splitCheckpoint(new Map(Object.entries(from.tensors)))
    : { weights: (await recipe.initWeights(new Random(1, 0), gpu)).toTensors(), state: undefined }
  const training = await TrainingStep.create(gpu, trainableOf(component, config, shape), fileOf(weights))
  if (state) training.restore(state)
  const reports: StepReport[] = []
  let saved: Record<string, HostTensor> | undefined
  const at = from?.at ?? 0
  await trainLoop(
    training,
    recipe,
    { step: at, progress: at / steps },
    {
      seed: 1,
      warmUp: 5,
      progress: step => step / steps,
      wantsReport: step => step % 10 === 0,
      onReport: (_, report) => reports.push(report),
      wantsCheckpoint: step => step === checkpoint,
      onCheckpoint: async () => {
        saved = await checkpointOf(training)
      },
    },
  )
  return { reports, saved: saved!, weights: await training.weights() }
}

/** Kernels that move a picture by 2 pixels to the left, not at all, and to the right. */
const kernels = {
  side: 5,
  values: [14, 12, 10].map(at => Float32Array.from({ length: 25 }, (_, i) => Number(i === at))),
}
/** By clip, the way that its square goes. */
const targets = {
  clips,
  kernels,
  codes: async ({ clip }: ClipWindow, frames: number) => new Int32Array(frames - 1).fill(clip % 3),
}

const openGpu = async () => Gpu.create({ adapter: await browserAdapter(), precision: 'f32' })

// Checkpoints before and after the codebook is fitted, at a quarter of the run.
test.each([10, 30])(
  'the tokenizer learns; a run that is resumed at step %i of 60 ends with the same weights',
  async at => {
    const gpu = await openGpu()
    const given = context(gpu, clips, { clips: 3, frames: 2 })
    const run = async (from?: { at: number; tensors: Record<string, HostTensor> }) =>
      learn(given, tokenizerSpec, await tokenizerSpec.recipe(given), 60, from, at)
    const { reports, saved, weights } = await run()
    expect(reports.at(-1)!.terms.mse! / reports[0]!.terms.mse!).toBeLessThan(0.5)
    expect(reports.at(-1)!.terms.codeDistance!).toBeLessThan(0.5)
    const again = await run({ at, tensors: saved })
    expect(again.weights).toEqual(weights)
    gpu.dispose()
  },
)

test('latent actions: the encoder classifies which way the square goes from the start, and becomes surer', async () => {
  const gpu = await openGpu()
  const given = context(gpu, clips, { clips: 8, frames: 2, decoderShare: 0.25 })
  const recipe = await latentActionRecipe(given, targets)
  const untrained = await learn(given, latentActionSpec, { ...recipe, learningRate: 0 }, 20)
  for (const { terms } of untrained.reports) expect(terms.actionAccuracy!).toBeGreaterThan(0.9)
  const { reports } = await learn(given, latentActionSpec, recipe, 200)
  expect(reports.at(-1)!.terms.actionAccuracy!).toBeGreaterThan(0.9)
  expect(reports.at(-1)!.terms.crossEntropy!).toBeLessThan(0.5 * untrained.reports[0]!.terms.crossEntropy!)
  gpu.dispose()
})

test('latent actions of tokens: the encoder learns which way the square goes, the decoder the tokens of the next frame', async () => {
  const gpu = await openGpu()
  const given = context(gpu, clips, { clips: 8, frames: 2 })
  const tokenizer = await learn(given, tokenizerSpec, await tokenizerSpec.recipe(given), 60)
  const { patch } = config.tokenizer
  const ofTokens: RecipeContext = {
    ...given,
    config: { ...config, latent_action: { ...config.latent_action, input: 'tokens', patch } },
    open: async () => fileOf(tokenizer.weights),
  }
  const recipe = await latentActionRecipe(ofTokens, targets)
  const { reports } = await learn(ofTokens, latentActionSpec, recipe, 120)
  expect(reports.at(-1)!.terms.actionAccuracy!).toBeGreaterThan(0.9)
  expect(reports.at(-1)!.terms.reconstruction! / reports[0]!.terms.reconstruction!).toBeLessThan(0.7)
  gpu.dispose()
})

test('a video of one colour, in which nothing moves, can be trained on', async () => {
  const gpu = await openGpu()
  const still: Clips = { ...clips, frames: async (_, __, count) => new Uint8Array(count * SIZE * SIZE * 3).fill(90) }
  const given = context(gpu, still, { clips: 4, frames: 2 })
  const one = { clips: still, kernels, codes: async (_: ClipWindow, frames: number) => new Int32Array(frames - 1) }
  const actions = await learn(given, latentActionSpec, await latentActionRecipe(given, one), 20)
  expect(actions.reports.at(-1)!.terms.actionAccuracy!).toBe(1)
  const tokens = await learn(given, tokenizerSpec, await tokenizerSpec.recipe(given), 20)
  expect(tokens.reports.at(-1)!.terms.mse!).toBeLessThan(1e-3)
  gpu.dispose()
})

// Token s of frame t is known from the action that led to it alone.
const upstream = {
  tokens: async (clip: number) => Int32Array.from({ length: 4 * 16 }, (_, i) => ((i % 16) + (clip % 3) * 5) % 16),
  actions: async (clip: number) => new Int32Array(3).fill(clip % 3),
  codebook: Float32Array.from({ length: 16 * 8 }, (_, i) => Math.cos(i)),
  actionCodebook: Float32Array.from({ length: 3 * 8 }, (_, i) => Number(i % 9 === 0)),
}

test('the dynamics learns masked tokens from past and action', async () => {
  const gpu = await openGpu()
  const given = context(gpu, clips, { clips: 4, frames: 4 })
  const { reports, weights } = await learn(given, dynamicsSpec, dynamicsRecipe({ ...given, upstream }), 300)
  expect(reports.at(-1)!.loss / reports[0]!.loss).toBeLessThan(0.5)
  expect(new Float32Array(weights.action_codebook!.data.slice().buffer)).toEqual(upstream.actionCodebook)
  gpu.dispose()
})

test('a batch with NaN stops the run: the error names the step, a tensor, and where NaN first appeared', async () => {
  const gpu = await openGpu()
  const given = context(gpu, clips, { clips: 1, frames: 4 })
  const recipe = dynamicsRecipe({ ...given, upstream })
  const corrupted: Recipe = {
    ...recipe,
    async batch(at, random) {
      const made = await recipe.batch(at, random)
      if (at.step === 7) (made.batch.tokenWeights as Float32Array)[40] = Number.NaN
      return made
    },
  }
  await expect(learn(given, dynamicsSpec, corrupted, 20)).rejects.toThrow(
    /^step 7: the gradient of .* is not finite, the weights are those of step 6; the first such number is in token weights$/,
  )
  gpu.dispose()
})
