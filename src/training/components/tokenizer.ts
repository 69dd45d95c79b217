// The tokenizer as a trainable component, model.md §2 and §8.

import { linear } from '../../../kernels/linear/linear.ts'
import { reconstructionLoss } from '../../../kernels/losses/reconstruction_loss.ts'
import { l2Normalize } from '../../../kernels/rows/l2_normalize.ts'
import { reduceRows } from '../../../kernels/rows/reduce_rows.ts'
import { vqStraightThrough } from '../../../kernels/vq/vq_straight_through.ts'
import type { Program } from '../../gpu/program.ts'
import type { Tensor } from '../../gpu/tensor.ts'
import { type Config, codebooksOf, codesPerFrame, patchCount } from '../../model/config.ts'
import { encoderConfig, tokenizerLatents, tokenizerLogits, tokenizerTensors } from '../../model/tokenizer.ts'
import type { Weights } from '../../weights/load.ts'
import { concatenated } from '../data/clips.ts'
import {
  BASE_WEIGHTS,
  type BatchShape,
  clipContexts,
  type Loss,
  lossWeightTensor,
  sumTerm,
  WEIGHT_INDEX,
} from '../losses.ts'
import { AUTOENCODER_WEIGHTS, TOKENIZER_WEIGHTS, tokenizerRecipe, trainedFrom } from '../recipe_tokenizer.ts'
import { trainableParameters, UNCLIPPED } from '../trainable.ts'
import { type ComponentSpec, noTargetCodes, ones, syntheticFrames } from './spec.ts'

export const tokenizerSpec: ComponentSpec = {
  name: 'tokenizer',
  needs: () => [],
  trainedFromScratch: false,
  continued: config => {
    // The dynamics of several codebooks depends on their values.
    const keepsCodes = codebooksOf(config.tokenizer) > 1
    return {
      ...tokenizerSpec,
      isContinued: true,
      parameters: () =>
        tokenizerSpec.parameters(config).map(parameter => ({
          ...parameter,
          trainable: !keepsCodes || parameter.name.startsWith('decoder.'),
        })),
      recipe: async context => trainedFrom(tokenizerRecipe(context), keepsCodes),
    }
  },
  parameters: config => trainableParameters(tokenizerTensors(config), name => name.split('.')[0]!),
  // Separate groups: a large gradient of the one must not scale down the other's.
  clipNorms: { encoder: 1, decoder: 1, codebook: UNCLIPPED },
  batch: { clips: 6, frames: 4 },
  recordLoss,
  lossWeights: { base: BASE_WEIGHTS, train: TOKENIZER_WEIGHTS, autoencoder: AUTOENCODER_WEIGHTS },
  inputsFromBundle(b, count) {
    const frames = concatenated(b.frames('in.frames'))
    const { height, width } = b.config.frame
    const pixelWeights = b.has('in.pixel_weights')
      ? b.floats('in.pixel_weights', [count, height, width])
      : ones(frames.length)
    return { frames, pixelWeights, targetCodes: noTargetCodes(count * codesPerFrame(b.config)) }
  },
  syntheticBatch(config, shape) {
    const frames = syntheticFrames(config, shape)
    const targetCodes = noTargetCodes(shape.clips * shape.frames * codesPerFrame(config))
    return { frames, pixelWeights: ones(frames.length), targetCodes }
  },
  recipe: async context => tokenizerRecipe(context),
  metrics: ({ mse }) => ({ psnr: -10 * Math.log10(mse!) }),
}

/**
 * Inputs: frames u32 [clips · T, H, W] RGBA8, pixelWeights f32 of their shape, targetCodes i32 [clips · T · S] (-1: the nearest; with
 * N codebooks [clips · T · S · N], all -1). Terms: reconstruction (weighted by pixel), mse, codeDistance. With N codebooks, codeDistance is that
 * to the sum of the codes, and residualDistance that which is left after each code but the last.
 */
function recordLoss(p: Program, config: Config, w: Weights, shape: BatchShape): Loss {
  const { frame, tokenizer: c } = config
  const S = patchCount(frame, c.patch)
  const codebooks = codebooksOf(c)
  const frames = p.gpu.tensor('frames', [shape.clips * shape.frames, frame.height, frame.width], 'u32')
  const pixelWeights = p.gpu.tensor('pixel weights', frames.shape, 'f32')
  const targetCodes = p.gpu.tensor('target codes', [frames.shape[0]! * S * codebooks], 'i32')
  const weights = lossWeightTensor(p)
  const context = clipContexts(p, shape)

  const encoder = context('encoder', c.encoder_layers, encoderConfig(c), S)
  // With more than one codebook, lengths count.
  const scaled = (x: Tensor) => (codebooks > 1 ? x : l2Normalize(p, x))
  const latents = scaled(tokenizerLatents(p, config, w, frames, encoder))
  const quantised = vqStraightThrough(p, latents, scaled(w.get('codebook')), targetCodes, weights, codebooks)
  const embedded = linear(p, quantised.y, w.get('decoder.code.weight'), {
    bias: w.get('decoder.code.bias'),
    addend: w.get('decoder.position'),
  })
  const logits = tokenizerLogits(p, config, w, embedded, context('decoder', c.decoder_layers, c, S))
  const errors = reconstructionLoss(p, logits, {
    frames,
    weights: pixelWeights,
    patch: c.patch,
    lossWeights: weights,
    term: WEIGHT_INDEX.reconstruction,
    areLogits: codebooks === 1,
  })
  return {
    inputs: { frames, pixelWeights, targetCodes },
    weights,
    terms: [sumTerm(p, errors, ['reconstruction', 'mse']), ...codeTerms(p, quantised.errors)],
    quantised: { latents, ...quantised },
  }
}

/** errors [rows, N], after each of a position's codes. */
function codeTerms(p: Program, errors: Tensor) {
  const period = errors.width
  if (period === 1) return [sumTerm(p, errors, ['codeDistance'])]
  const last = reduceRows(p, errors, { period, first: period - 1, count: 1, width: 1 })
  const before = reduceRows(p, errors, { period, count: period - 1, width: 1 })
  return [{ names: ['codeDistance'], tensor: last }, sumTerm(p, before, ['residualDistance'])]
}
