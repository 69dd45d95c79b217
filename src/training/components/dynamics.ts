// The dynamics as a trainable component, model.md §4 and §8.

import { linear } from '../../../kernels/linear/linear.ts'
import { crossEntropy } from '../../../kernels/losses/cross_entropy.ts'
import { concatRows } from '../../../kernels/rows/concat_rows.ts'
import { l2Normalize } from '../../../kernels/rows/l2_normalize.ts'
import type { Program } from '../../gpu/program.ts'
import { type Config, patchCount } from '../../model/config.ts'
import { dynamicsLogits, dynamicsTensors } from '../../model/dynamics.ts'
import type { Weights } from '../../weights/load.ts'
import { encodeClips } from '../data/upstream_outputs.ts'
import {
  type BatchShape,
  clipContexts,
  type Loss,
  lossWeightTensor,
  SPEC_WEIGHTS,
  sumTerm,
  WEIGHT_INDEX,
} from '../losses.ts'
import { dynamicsRecipe } from '../recipe_dynamics.ts'
import { trainableParameters } from '../trainable.ts'
import { type ComponentSpec, spread } from './spec.ts'

export const dynamicsSpec: ComponentSpec = {
  name: 'dynamics',
  needs: () => ['tokenizer', 'latent_action'],
  // Its copy of the latent actions' codebook stays as it is.
  parameters: config => trainableParameters(dynamicsTensors(config), () => 'dynamics', ['action_codebook']),
  clipNorms: { dynamics: 1 },
  batch: { clips: 4, frames: 12 },
  recordLoss,
  lossWeights: { spec: SPEC_WEIGHTS, train: SPEC_WEIGHTS },
  inputsFromBundle(b, count) {
    const { codes } = b.config.tokenizer
    const S = patchCount(b.config.frame, b.config.tokenizer.patch)
    const targets = b.ints('in.tokens', [count, S])
    const mask = b.bytes('in.mask', [count, S])
    const actions = b.ints('in.actions', [count - 1])
    b.checkRange('in.tokens', targets, 0, codes - 1)
    b.checkRange('in.actions', actions, -1, b.config.latent_action.actions - 1)
    return { ...maskedTokens(targets, targets, mask, codes), frameInfo: Int32Array.of(0, 0, -1, ...actions) }
  },
  syntheticBatch(config, { clips, frames }) {
    const { codes } = config.tokenizer
    const S = patchCount(config.frame, config.tokenizer.patch)
    const targets = Int32Array.from({ length: clips * frames * S }, (_, i) => spread(i, codes))
    const mask = Uint8Array.from(targets, (_, i) => Number(Math.floor(i / S) % frames > 0 && i % 2 === 0))
    const frameInfo = Int32Array.from({ length: 2 + clips * frames }, (_, i) => {
      const [clip, t] = [Math.floor((i - 2) / frames), (i - 2) % frames]
      if (i < 2) return 0
      return t === 0 ? -1 : spread(clip * (frames - 1) + t - 1, config.latent_action.actions)
    })
    return { ...maskedTokens(targets, targets, mask, codes), frameInfo }
  },
  recipe: async ({ gpu, config, clips, shape, open }) =>
    dynamicsRecipe({ config, clips, shape, upstream: await encodeClips(gpu, config, open, clips) }),
  metrics: ({ tokenAccuracy }) => ({ tokenAccuracy: tokenAccuracy! }),
}

/**
 * The inputs that follow from true tokens i32 [n], from what the model sees where nothing is masked, and from a mask of 0 and 1 [n]:
 * masked tokens become K, and the weights of their losses sum to 1.
 */
export function maskedTokens(
  targets: Int32Array<ArrayBuffer>,
  seen: Int32Array<ArrayBuffer>,
  mask: Uint8Array,
  K: number,
) {
  const masked = mask.reduce((sum, m) => sum + m, 0)
  return {
    targets,
    tokens: seen.map((token, i) => (mask[i] ? K : token)),
    tokenWeights: Float32Array.from(mask, m => m / masked),
  }
}

/**
 * Inputs: tokens i32 [clips · T · S] as the model sees them (K = masked), targets i32 the true ones, tokenWeights f32 that sum to 1
 * over those that are masked and are 0 elsewhere, frameInfo i32 [2 + clips · T] whose elements from 2 on are the actions that led to
 * each frame (-1: none). Terms: crossEntropy, tokenAccuracy.
 */
function recordLoss(p: Program, config: Config, w: Weights, shape: BatchShape): Loss {
  const c = config.dynamics
  const S = w.get('position').rows
  const count = shape.clips * shape.frames * S
  const tokens = p.gpu.tensor('tokens', [count], 'i32')
  const targets = p.gpu.tensor('true tokens', [count], 'i32')
  const tokenWeights = p.gpu.tensor('token weights', [count])
  const weights = lossWeightTensor(p)
  const tables = {
    tokens: concatRows(p, w.get('token.weight'), w.get('mask')),
    actions: linear(p, l2Normalize(p, w.get('action_codebook')), w.get('action.weight')),
  }
  const context = clipContexts(p, shape)('dynamics', c.layers, c, S)
  const logits = dynamicsLogits(p, config, w, tables, tokens, context)
  const losses = crossEntropy(p, logits, {
    targets,
    weights: tokenWeights,
    lossWeights: weights,
    term: WEIGHT_INDEX.crossEntropy,
  })
  return {
    inputs: { tokens, targets, tokenWeights, frameInfo: context.frameInfo },
    weights,
    terms: [sumTerm(p, losses, ['crossEntropy', 'tokenAccuracy'])],
  }
}
