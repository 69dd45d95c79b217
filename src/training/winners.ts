// Hard EM (winner takes all), not in the paper: every transition is decoded with every code, without gradients. The code with the
// lowest error trains the decoder and is the encoder's target. At first errors are centred within their clip, so that no code can own
// a clip, and the cross-entropy weighs little.

import { linear } from '../../kernels/linear/linear.ts'
import { sigmoidMse } from '../../kernels/losses/sigmoid_mse.ts'
import { l2Normalize } from '../../kernels/rows/l2_normalize.ts'
import type { Gpu } from '../gpu/gpu.ts'
import { Program } from '../gpu/program.ts'
import type { Tensor } from '../gpu/tensor.ts'
import type { Config } from '../model/config.ts'
import { latentActionLogits } from '../model/latent_action.ts'
import { upload } from '../weights/load.ts'
import type { RecipeContext } from './components/spec.ts'
import { sampleWindows } from './data/clips.ts'
import { cosine, type Recipe } from './loop.ts'
import { type BatchShape, clipContexts, WEIGHT_COUNT } from './losses.ts'
import type { ExtraAllocations } from './memory.ts'
import { recipeWithoutTargets } from './recipe_latent_action.ts'
import type { TrainingStep } from './step.ts'

/** The source of target codes: directions of motion, or the code that decodes best. */
export const ACTION_LABELS = ['directions', 'winners'] as const
export type ActionLabels = (typeof ACTION_LABELS)[number]

/** The default batch: many transitions of each clip, since those of a clip are compared with one another. */
export const WINNERS_SHAPE: BatchShape = { clips: 6, frames: 7 }

/** The first phase, as a share of the run. */
const FIRST = 0.3
const CROSS_ENTROPY = { first: 0.1, second: 1 }
/** The share of codes that are replaced by random ones: a code that never wins would never learn to decode. */
const REPLACED = 0.1
/** The share of a phase in which the learning rate rises. */
const WARM_UP = 0.03

export async function hardEmRecipe(context: RecipeContext): Promise<Recipe> {
  const { config, clips, shape } = context
  const { actions } = config.latent_action
  const { constants, lossWeights, initWeights, frames } = await recipeWithoutTargets(context)
  return {
    constants,
    initWeights,
    learningRate: 1.5e-3,
    lrSchedule(progress) {
      const done = progress < FIRST ? progress / FIRST : (progress - FIRST) / (1 - FIRST)
      return Math.min(1, done / WARM_UP + 0.01) * cosine(done)
    },
    async batch({ progress }, random) {
      const crossEntropy = progress < FIRST ? CROSS_ENTROPY.first : CROSS_ENTROPY.second
      const batch = await frames(sampleWindows(clips, random, shape.clips, shape.frames))
      return { batch, lossWeights: { ...lossWeights, crossEntropy } }
    },
    async createAssigner(training) {
      const scorer = await CodeScorer.create(training, config, shape)
      return async ({ progress }, random) => {
        const errors = await scorer.errors()
        const codes = argminCodes(progress < FIRST ? centrePerClip(errors, actions, shape.frames - 1) : errors, actions)
        const isReplaced = codes.map(() => Number(random.uniform() < REPLACED))
        const counted = Math.max(
          1,
          isReplaced.reduce((sum, replaced) => sum + 1 - replaced, 0),
        )
        return {
          forcedCodes: codes.map((code, i) => (isReplaced[i] ? random.integer(actions) : code)),
          targetWeights: Float32Array.from(isReplaced, replaced => (1 - replaced) / counted),
        }
      }
    },
  }
}

/** What a training with these labels allocates beside its step. */
export const scorerAllocations = (labels: ActionLabels | undefined, config: Config): ExtraAllocations | undefined =>
  labels === 'winners' ? (training, shape) => CodeScorer.create(training, config, shape) : undefined

/** errors [n, A] of the transitions of clips that have so many each → less their mean over the clip, code by code. */
export function centrePerClip(errors: Float32Array, actions: number, transitions: number): Float32Array {
  const clip = transitions * actions
  const means = new Float64Array((errors.length / clip) * actions)
  const at = (i: number) => Math.floor(i / clip) * actions + (i % actions)
  errors.forEach((error, i) => {
    means[at(i)]! += error / transitions
  })
  return errors.map((error, i) => error - means[at(i)]!)
}

/** errors [n, A] → the code of the least in each row, the first of equals. */
export const argminCodes = (errors: Float32Array, actions: number): Int32Array<ArrayBuffer> =>
  Int32Array.from({ length: errors.length / actions }, (_, n) => {
    const row = errors.subarray(n * actions, (n + 1) * actions)
    return row.indexOf(row.reduce((a, b) => Math.min(a, b)))
  })

/** Every code's error on every transition of the batch that a step has, over the weights that the step trains. */
export class CodeScorer {
  private constructor(
    private readonly gpu: Gpu,
    private readonly program: Program,
    private readonly table: Tensor, // f32 [clips · (T-1), A]
  ) {}

  static async create(
    training: TrainingStep,
    config: Config,
    shape: { clips: number; frames: number },
  ): Promise<CodeScorer> {
    const { gpu } = training
    const c = config.latent_action
    const weights = training.parameters
    const [before, after, pixels] = ['sourceFrames', 'targetFrames', 'frameWeights'].map(name =>
      training.input(name),
    ) as [Tensor, Tensor, Tensor]
    const count = shape.clips * (shape.frames - 1)
    const S = weights.get('decoder.position').rows
    const p = new Program(gpu, 'every code')
    const passage = clipContexts(p, { clips: shape.clips, frames: shape.frames - 1 })('decoder', c.decoder_layers, c, S)
    const drawing = linear(p, l2Normalize(p, weights.get('codebook')), weights.get('decoder.action.weight'))
    const terms = gpu.tensor('zero loss weights', [WEIGHT_COUNT])
    // The same errors twice: a row a patch, as they are made, and a row a transition, as they are summed.
    const errors = gpu.tensor('errors of a code', [count, 2 * S])
    let table: Tensor | undefined
    for (let k = 0; k < c.actions; k++) {
      const codes = gpu.tensor('a code for all', [count], 'i32')
      gpu.write(codes, new Int32Array(count).fill(k))
      const logits = latentActionLogits(p, config, weights, before, { table: drawing, codes }, passage)
      sigmoidMse(p, logits, { frames: after, weights: pixels, patch: c.patch, terms, term: 0 }).bindBuffer(
        errors.buffer,
      )
      // Takes the weighted error of every patch, the first of its two numbers, to column k.
      const column = Float32Array.from({ length: 2 * S * c.actions }, (_, i) =>
        Number(i % c.actions === k && Math.floor(i / c.actions) % 2 === 0),
      )
      table = linear(p, errors, upload(gpu, 'column of a code', [2 * S, c.actions], column), { residual: table })
    }
    table!.bindBuffer(gpu.tensor('errors of every code', table!.shape).buffer)
    return new CodeScorer(gpu, await p.build(), table!)
  }

  /** f32 [clips · (T-1), A]: shares of the weighted mean square error. */
  async errors(): Promise<Float32Array> {
    this.program.run()
    return new Float32Array(await this.gpu.read(this.table)).slice(0, this.table.length)
  }
}
