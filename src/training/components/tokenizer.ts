// The tokenizer as a trainable component, model.md §2 and §8.

import { linear } from '../../../kernels/linear/linear.ts'
import { sigmoidMse } from '../../../kernels/losses/sigmoid_mse.ts'
import { l2Normalize } from '../../../kernels/rows/l2_normalize.ts'
import { vqStraightThrough } from '../../../kernels/vq/vq_straight_through.ts'
import type { Program } from '../../gpu/program.ts'
import { type Config, patchCount } from '../../model/config.ts'
import { tokenizerLatents, tokenizerLogits, tokenizerTensors } from '../../model/tokenizer.ts'
import type { Weights } from '../../weights/load.ts'
import { concatenated } from '../data/clips.ts'
import {
  type BatchShape,
  clipContexts,
  type Loss,
  lossWeightTensor,
  SPEC_WEIGHTS,
  sumTerm,
  WEIGHT_INDEX,
} from '../losses.ts'
import { TOKENIZER_WEIGHTS, tokenizerRecipe } from '../recipe_tokenizer.ts'
import { trainableParameters, UNCLIPPED } from '../trainable.ts'
import { type ComponentSpec, nearestCodes, ones, syntheticFrames } from './spec.ts'

export const tokenizerSpec: ComponentSpec = {
  name: 'tokenizer',
  needs: () => [],
  parameters: config => trainableParameters(tokenizerTensors(config), name => name.split('.')[0]!),
  // Encoder and decoder apart: the larger gradient must not drown the other.
  clipNorms: { encoder: 1, decoder: 1, codebook: UNCLIPPED },
  batch: { clips: 6, frames: 4 },
  recordLoss,
  lossWeights: { spec: SPEC_WEIGHTS, train: TOKENIZER_WEIGHTS },
  inputsFromBundle(b, count) {
    const frames = concatenated(b.frames('in.frames'))
    return { frames, pixelWeights: ones(frames.length), forcedCodes: nearestCodes(count * tokens(b.config)) }
  },
  syntheticBatch(config, shape) {
    const frames = syntheticFrames(config, shape)
    const forcedCodes = nearestCodes(shape.clips * shape.frames * tokens(config))
    return { frames, pixelWeights: ones(frames.length), forcedCodes }
  },
  recipe: async context => tokenizerRecipe(context),
  metrics: ({ mse }) => ({ psnr: -10 * Math.log10(mse!) }),
}

const tokens = ({ frame, tokenizer }: Config) => patchCount(frame, tokenizer.patch)

/**
 * Inputs: frames u32 [clips · T, H, W] RGBA8, pixelWeights f32 of their shape, forcedCodes i32 [clips · T · S] (-1: the nearest).
 * Terms: reconstruction (weighted by pixel), mse, codeDistance.
 */
function recordLoss(p: Program, config: Config, w: Weights, shape: BatchShape): Loss {
  const { frame, tokenizer: c } = config
  const S = tokens(config)
  const frames = p.gpu.tensor('frames', [shape.clips * shape.frames, frame.height, frame.width], 'u32')
  const pixelWeights = p.gpu.tensor('pixel weights', frames.shape, 'f32')
  const forcedCodes = p.gpu.tensor('forced codes', [frames.shape[0]! * S], 'i32')
  const weights = lossWeightTensor(p)
  const context = clipContexts(p, shape)

  const units = l2Normalize(p, tokenizerLatents(p, config, w, frames, context('encoder', c.encoder_layers, c, S)))
  const quantised = vqStraightThrough(p, units, l2Normalize(p, w.get('codebook')), forcedCodes, weights)
  const embedded = linear(p, quantised.y, w.get('decoder.code.weight'), {
    bias: w.get('decoder.code.bias'),
    residual: w.get('decoder.position'),
  })
  const logits = tokenizerLogits(p, config, w, embedded, context('decoder', c.decoder_layers, c, S))
  const errors = sigmoidMse(p, logits, {
    frames,
    weights: pixelWeights,
    patch: c.patch,
    lossWeights: weights,
    term: WEIGHT_INDEX.reconstruction,
  })
  return {
    inputs: { frames, pixelWeights, forcedCodes },
    weights,
    terms: [sumTerm(p, errors, ['reconstruction', 'mse']), sumTerm(p, quantised.errors, ['codeDistance'])],
    quantised: { unitLatents: units, ...quantised },
  }
}
