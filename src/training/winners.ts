// Latent actions named by which of them draws best (ours, docs/pilot.md: winner takes all), for videos where directions of movement
// mean little. Every transition is decoded with EVERY code, without gradients; the code that fits best trains the decoder, and the
// encoder learns to name it. Errors are first centred within their clip, so that no code can own a clip, and naming weighs little;
// then neither, and the learning rate begins anew. Naming is kept to the end: the VQ loss alone would collapse the codes again.

import { linear } from '../../kernels/linear/linear.ts'
import { sigmoidMse } from '../../kernels/losses/sigmoid_mse.ts'
import { l2Normalize } from '../../kernels/rows/l2_normalize.ts'
import type { Gpu } from '../gpu/gpu.ts'
import { Program } from '../gpu/program.ts'
import type { Tensor } from '../gpu/tensor.ts'
import type { Config } from '../model/config.ts'
import { latentActionLogits } from '../model/latent_action.ts'
import { upload, Weights } from '../weights/load.ts'
import { trainingTensors } from './component.ts'
import { cosine } from './loop.ts'
import { clipContexts } from './losses.ts'
import type { ExtraAllocations } from './memory.ts'
import type { ActionLabels, Naming } from './recipe_latent_action.ts'
import type { TrainingStep } from './step.ts'

/** Clips a step and frames a clip: many transitions of each, since those of a clip are compared with one another. */
export const WINNERS_SHAPE = { clips: 6, frames: 7 }

/** The first phase, as a share of the run. */
const FIRST = 0.3
const NAMING = { first: 0.1, second: 1 }
/** Share of the winners that are replaced by chance: a code that never wins would never learn to draw. */
const REPLACED = 0.1
/** Share of a phase in which the learning rate rises. */
const WARM_UP = 0.03

export function namingByWinners(config: Config, shape: { clips: number; frames: number }): Naming {
  const { actions } = config.latent_action
  let contest: Contest | undefined
  let step: TrainingStep | undefined
  return {
    rate: 1.5e-3,
    async prepare(training) {
      step = training
      contest = await Contest.create(training, config, shape)
    },
    async name({ drawn }, progress, random) {
      step!.write(drawn)
      const isFirst = progress < FIRST
      const errors = await contest!.errors()
      const winners = chooseWinners(isFirst ? centred(errors, actions, shape.frames - 1) : errors, actions)
      const isReplaced = winners.map(() => Number(random.uniform() < REPLACED))
      const namingWeights = Float32Array.from(isReplaced, replaced => 1 - replaced)
      const named = Math.max(
        1,
        namingWeights.reduce((a, b) => a + b),
      )
      return {
        given: winners.map((winner, i) => (isReplaced[i] ? random.integer(actions) : winner)),
        namingWeights: namingWeights.map(w => w / named),
        weight: isFirst ? NAMING.first : NAMING.second,
      }
    },
    pace(progress) {
      const done = progress < FIRST ? progress / FIRST : (progress - FIRST) / (1 - FIRST)
      return Math.min(1, done / WARM_UP + 0.01) * cosine(done)
    },
  }
}

/** What a training of latent actions takes beside its step. */
export const besideStep = (labels: ActionLabels | undefined, config: Config): ExtraAllocations | undefined =>
  labels === 'winners' ? (training, shape) => Contest.create(training, config, shape) : undefined

/** errors [n, A] of the transitions of clips that have so many each → less their mean over the clip, code by code. */
export function centred(errors: Float32Array, actions: number, transitions: number): Float32Array {
  const clip = transitions * actions
  const means = new Float64Array((errors.length / clip) * actions)
  const at = (i: number) => Math.floor(i / clip) * actions + (i % actions)
  errors.forEach((error, i) => {
    means[at(i)]! += error / transitions
  })
  return errors.map((error, i) => error - means[at(i)]!)
}

/** errors [n, A] → the code of the least in each row, the first of equals. */
export const chooseWinners = (errors: Float32Array, actions: number): Int32Array<ArrayBuffer> =>
  Int32Array.from({ length: errors.length / actions }, (_, n) => {
    const row = errors.subarray(n * actions, (n + 1) * actions)
    return row.indexOf(row.reduce((a, b) => Math.min(a, b)))
  })

/** Every code's error on every transition of the batch that a step has, over the weights that the step trains. */
export class Contest {
  private constructor(
    private readonly gpu: Gpu,
    private readonly program: Program,
    private readonly table: Tensor, // f32 [clips · (T-1), A]
  ) {}

  static async create(
    training: TrainingStep,
    config: Config,
    shape: { clips: number; frames: number },
  ): Promise<Contest> {
    const { gpu } = training
    const c = config.latent_action
    const weights = new Weights('latent actions in training')
    for (const { name } of trainingTensors('latent_action', config)) weights.set(name, training.tensor(name))
    const [before, after, pixels] = ['before', 'after', 'weights'].map(name => training.tensor(name)) as [
      Tensor,
      Tensor,
      Tensor,
    ]
    const count = shape.clips * (shape.frames - 1)
    const S = weights.get('decoder.position').rows
    const p = new Program(gpu, 'every code')
    const passage = clipContexts(p, { clips: shape.clips, frames: shape.frames - 1 })('decoder', c.decoder_layers, c, S)
    const drawing = linear(p, l2Normalize(p, weights.get('codebook')), weights.get('decoder.action.weight'))
    const terms = gpu.tensor('no terms', [6])
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
    return new Contest(gpu, await p.build(), table!)
  }

  /** f32 [clips · (T-1), A]: shares of the weighted mean square error. */
  async errors(): Promise<Float32Array> {
    this.program.run()
    return new Float32Array(await this.gpu.read(this.table)).slice(0, this.table.length)
  }
}
