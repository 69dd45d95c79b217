// The dynamics as a trainable component, model.md §4 and §8.

import { linear } from '../../../kernels/linear/linear.ts'
import { crossEntropy } from '../../../kernels/losses/cross_entropy.ts'
import { concatRows } from '../../../kernels/rows/concat_rows.ts'
import { l2Normalize } from '../../../kernels/rows/l2_normalize.ts'
import { reduceRows } from '../../../kernels/rows/reduce_rows.ts'
import { splitRows } from '../../../kernels/rows/split_rows.ts'
import { transpose } from '../../../kernels/rows/transpose.ts'
import type { Program } from '../../gpu/program.ts'
import type { Tensor } from '../../gpu/tensor.ts'
import { type Config, codebooksOf, codesPerFrame, patchCount } from '../../model/config.ts'
import { dynamicsHidden, dynamicsTensors } from '../../model/dynamics.ts'
import { CodebookHeads } from '../../model/residual_codes.ts'
import type { Weights } from '../../weights/load.ts'
import { dynamicsBatch } from '../data/dynamics_batch.ts'
import { loadUpstream } from '../data/upstream_outputs.ts'
import {
  BASE_WEIGHTS,
  type BatchShape,
  clipContexts,
  type Loss,
  lossWeightTensor,
  sumTerm,
  WEIGHT_INDEX,
} from '../losses.ts'
import { dynamicsRecipe } from '../recipe_dynamics.ts'
import { playedDynamicsRecipe } from '../recipe_played.ts'
import { trainableParameters } from '../trainable.ts'
import { type ComponentSpec, spread } from './spec.ts'

export const dynamicsSpec: ComponentSpec = {
  name: 'dynamics',
  needs: () => ['tokenizer', 'latent_action'],
  trainedFromScratch: false,
  // Its copy of the latent actions' codebook stays as it is.
  parameters: config =>
    trainableParameters(trainedTensors(config), () => 'dynamics', ['action_codebook']).map(parameter =>
      codebooksOf(config.tokenizer) > 1 && TABLES.test(parameter.name)
        ? { ...parameter, decay: false, tenthRate: true }
        : parameter,
    ),
  clipNorms: { dynamics: 1 },
  batch: { clips: 4, frames: 12 },
  recordLoss,
  lossWeights: { base: BASE_WEIGHTS, train: BASE_WEIGHTS },
  inputsFromBundle(b, count) {
    const { codes } = b.config.tokenizer
    const S = patchCount(b.config.frame, b.config.tokenizer.patch)
    const N = codebooksOf(b.config.tokenizer)
    const asPlayed = b.has('in.mask_played')
    const targets = b.ints('in.tokens', N > 1 ? [count, S, N] : [count, S])
    const mask = b.bytes(asPlayed ? 'in.mask_played' : 'in.mask', [count, S])
    const actions = b.ints('in.actions', [count - 1])
    b.checkRange('in.tokens', targets, 0, codes - 1)
    b.checkRange('in.actions', actions, -1, b.config.latent_action.actions - 1)
    return dynamicsBatch(targets, targets, mask, codes, [-1, ...actions], asPlayed)
  },
  syntheticBatch(config, { clips, frames, asPlayed }) {
    const { codes } = config.tokenizer
    const S = patchCount(config.frame, config.tokenizer.patch)
    const targets = Int32Array.from({ length: clips * frames * codesPerFrame(config) }, (_, i) => spread(i, codes))
    const mask = Uint8Array.from({ length: clips * frames * S }, (_, i) =>
      Number(Math.floor(i / S) % frames > 0 && i % 2 === 0),
    )
    const actionsInto = Array.from({ length: clips * frames }, (_, i) => {
      const [clip, t] = [Math.floor(i / frames), i % frames]
      return t === 0 ? -1 : spread(clip * (frames - 1) + t - 1, config.latent_action.actions)
    })
    return dynamicsBatch(targets, targets, mask, codes, actionsInto, isPlayed(config, { asPlayed }))
  },
  async recipe({ gpu, config, clips, shape, open, knownActions }) {
    const context = { config, clips, shape, upstream: await loadUpstream(gpu, config, open, clips, knownActions) }
    return codebooksOf(config.tokenizer) > 1 ? playedDynamicsRecipe(context) : dynamicsRecipe(context)
  },
  metrics: ({ tokenAccuracy }) => ({ tokenAccuracy: tokenAccuracy! }),
}

/** Slow with several codebooks: AdamW changes a rare code's row as much as a frequent one's, which would undo the initial weights. */
const TABLES = /^(token\.weight|position|head\..*)$/

/** Whether the loss is that of `Dynamics.loss_as_played` in reference/dynamics.py: several codebooks are trained as they are played. */
const isPlayed = (config: Config, { asPlayed }: Pick<BatchShape, 'asPlayed'>): boolean =>
  asPlayed ?? codebooksOf(config.tokenizer) > 1

/** The heads of N codebooks are parts of one tensor, and each is a matrix of its own: in rows, as in the file, they are in one piece. */
function trainedTensors(config: Config) {
  const isSplit = codebooksOf(config.tokenizer) > 1
  return dynamicsTensors(config).map(tensor =>
    isSplit && tensor.name === 'head.weight' ? { ...tensor, layout: 'table' as const } : tensor,
  )
}

/**
 * Inputs: tokens i32 [clips · T · S · N] as the model sees them (K = masked), as played the finished frames before those that are decoded;
 * targets i32 [clips · T · S · N] the true ones, tokenWeights f32 [clips · T · S] that sum to 1 over the positions that are masked and are 0
 * elsewhere, frameInfo i32 whose elements from 2 on are the actions into each frame (-1: none), as played twice.
 * Terms: crossEntropy, summed over N codebooks; tokenAccuracy, that of the first codebook.
 */
function recordLoss(p: Program, config: Config, w: Weights, shape: BatchShape): Loss {
  const c = config.dynamics
  const codebooks = codebooksOf(config.tokenizer)
  const asPlayed = isPlayed(config, shape)
  const S = w.get('position').rows
  const count = shape.clips * shape.frames * S
  const tokens = p.gpu.tensor('tokens', [(asPlayed ? 2 : 1) * count * codebooks], 'i32')
  const targets = p.gpu.tensor('true tokens', [count * codebooks], 'i32')
  const tokenWeights = p.gpu.tensor('token weights', [count])
  const weights = lossWeightTensor(p)
  const tables = {
    tokens: concatRows(p, w.get('token.weight'), w.get('mask')),
    actions: linear(p, l2Normalize(p, w.get('action_codebook')), w.get('action.weight')),
  }
  const context = clipContexts(p, { ...shape, asPlayed })('dynamics', c.layers, c, S)
  const loss = { targets, weights: tokenWeights, lossWeights: weights, term: WEIGHT_INDEX.crossEntropy }
  const inputs = { tokens, targets, tokenWeights, frameInfo: context.frameInfo }
  let hidden = dynamicsHidden(p, config, w, tables, tokens, context)
  if (codebooks === 1 && !asPlayed) {
    const losses = crossEntropy(p, logitsOf(p, w, hidden, tables.tokens, targets, 1)[0]!, loss)
    return { inputs, weights, terms: [sumTerm(p, losses, ['crossEntropy', 'tokenAccuracy'])] }
  }
  if (asPlayed) hidden = splitRows(p, hidden, 2)[1]!
  const losses = logitsOf(p, w, hidden, tables.tokens, targets, codebooks).map((logits, index) =>
    crossEntropy(p, logits, { ...loss, codebook: { index, count: codebooks } }),
  )
  const sum = losses.reduce<Tensor | undefined>(
    (accumulated, ofCodebook) => reduceRows(p, ofCodebook, { period: 1, accumulated }),
    undefined,
  )!
  return {
    inputs,
    weights,
    terms: [sumTerm(p, losses[0]!, ['firstCrossEntropy', 'tokenAccuracy']), { names: ['crossEntropy'], tensor: sum }],
  }
}

/** hidden [rows, D] → the logits of each codebook [rows, K], given the true codes before it. */
function logitsOf(p: Program, w: Weights, hidden: Tensor, table: Tensor, targets: Tensor, codebooks: number): Tensor[] {
  if (codebooks === 1) return [linear(p, hidden, w.get('head.weight'), { bias: w.get('head.bias') })]
  const biases = splitRows(p, w.get('head.bias'), codebooks)
  const heads = splitRows(p, w.get('head.weight'), codebooks).map((rows, n) => ({
    weight: transpose(p, rows),
    bias: biases[n]!,
  }))
  return new CodebookHeads(heads, table).logits(p, hidden, targets)
}
