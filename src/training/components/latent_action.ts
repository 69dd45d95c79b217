// The latent action model as a trainable component, model.md §3 and §8.

import { dropFirstToken } from '../../../kernels/embedding/drop_first_token.ts'
import { linear } from '../../../kernels/linear/linear.ts'
import { crossEntropy } from '../../../kernels/losses/cross_entropy.ts'
import { reconstructionLoss } from '../../../kernels/losses/reconstruction_loss.ts'
import { l2Normalize } from '../../../kernels/rows/l2_normalize.ts'
import { transpose } from '../../../kernels/rows/transpose.ts'
import { vqStraightThrough } from '../../../kernels/vq/vq_straight_through.ts'
import type { Program } from '../../gpu/program.ts'
import type { Tensor } from '../../gpu/tensor.ts'
import { type Config, patchCount } from '../../model/config.ts'
import { latentActionLatents, latentActionLogits, latentActionTensors } from '../../model/latent_action.ts'
import type { Weights } from '../../weights/load.ts'
import { discoveredTargets } from '../action_codes/targets.ts'
import { concatenated, withoutFrame } from '../data/clips.ts'
import {
  BASE_WEIGHTS,
  type BatchShape,
  clipContexts,
  type Loss,
  lossWeightTensor,
  sumTerm,
  WEIGHT_INDEX,
} from '../losses.ts'
import { checkCodeWidth, decoderClips, LATENT_ACTION_WEIGHTS, latentActionRecipe } from '../recipe_latent_action.ts'
import { trainableParameters, UNCLIPPED } from '../trainable.ts'
import { type ComponentSpec, noTargetCodes, ones, spread, syntheticFrames } from './spec.ts'

const readsTokens = ({ latent_action }: Config) => latent_action.input === 'tokens'

export const latentActionSpec: ComponentSpec = {
  name: 'latent_action',
  // Its codes are found in each video.
  trainedFromScratch: true,
  needs: config => (readsTokens(config) ? ['tokenizer'] : []),
  parameters: config => trainableParameters(latentActionTensors(config), name => name.split('.')[0]!),
  check: config => checkCodeWidth(config.latent_action),
  clipNorms: { encoder: 1, decoder: 1, codebook: UNCLIPPED },
  // The decoder learns from fewer clips than the encoder, which has the harder task.
  batch: { clips: 32, frames: 3, decoderShare: 0.25 },
  recordLoss,
  lossWeights: { base: { ...BASE_WEIGHTS, crossEntropy: 0 }, train: LATENT_ACTION_WEIGHTS },
  inputsFromBundle(b, count) {
    const { frame, tokenizer, latent_action: c } = b.config
    const S = patchCount(frame, tokenizer.patch)
    const frames = readsTokens(b.config) ? b.ints('in.tokens', [count, S]) : concatenated(b.frames('in.frames'))
    if (readsTokens(b.config)) b.checkRange('in.tokens', frames as Int32Array, 0, tokenizer.codes - 1)
    const inputs = { ...transitionsOf(frames, count, frames.length / count), targetCodes: noTargetCodes(count - 1) }
    if (!b.has('in.targets')) return inputs
    const targetCodes = b.ints('in.targets', [count - 1])
    b.checkRange('in.targets', targetCodes, 0, c.actions - 1)
    return {
      ...inputs,
      targetCodes,
      targetWeights: b.floats('in.target_weights', [count - 1]),
      frameWeights: b.floats('in.frame_weights', [
        count - 1,
        ...(readsTokens(b.config) ? [S] : [frame.height, frame.width]),
      ]),
      classifierWeights: b.floats('in.class_prototypes', [c.actions, c.code_width]),
    }
  },
  syntheticBatch(config, shape) {
    const { frame, tokenizer } = config
    const targetCodes = noTargetCodes(shape.clips * (shape.frames - 1))
    if (!readsTokens(config))
      return {
        ...transitionsOf(syntheticFrames(config, shape), shape.frames, frame.height * frame.width, decoderClips(shape)),
        targetCodes,
      }
    const S = patchCount(frame, tokenizer.patch)
    const tokens = Int32Array.from({ length: shape.clips * shape.frames * S }, (_, i) => spread(i, tokenizer.codes))
    return { ...transitionsOf(tokens, shape.frames, S, decoderClips(shape)), targetCodes }
  },
  async recipe(context) {
    checkCodeWidth(context.config.latent_action)
    return latentActionRecipe(context, await discoveredTargets(context))
  },
  metrics: ({ mse, tokenAccuracy, actionAccuracy }) => ({
    actionAccuracy: actionAccuracy!,
    ...(mse === undefined ? { tokenAccuracy: tokenAccuracy! } : { psnr: -10 * Math.log10(mse) }),
  }),
}

/** Frames of clips of T frames as the encoder takes them and, of the first clips, the decoder, each with `size` numbers; all weigh the same. */
function transitionsOf(frames: Uint32Array<ArrayBuffer> | Int32Array<ArrayBuffer>, T: number, size: number, clips = 1) {
  const decoded = frames.slice(0, clips * T * size)
  const [sourceFrames, targetFrames] = [withoutFrame(decoded, T, size, T - 1), withoutFrame(decoded, T, size, 0)]
  // Those of tokens sum to 1.
  const weight = frames instanceof Int32Array ? 1 / targetFrames.length : 1
  return { frames, sourceFrames, targetFrames, frameWeights: ones(targetFrames.length).fill(weight) }
}

/**
 * Inputs for a model of pixels: frames u32 [clips · T, H, W] RGBA8 for the encoder. For the decoder, of its clips alone: sourceFrames
 * and targetFrames u32 [… · (T-1), H, W], what it starts from and what it should draw, with frameWeights f32 of the pixels. Of a
 * model of tokens these are i32 [… · S] codes, and frameWeights, one per token, sum to 1.
 * For both: targetCodes i32 [clips · (T-1)] (-1: the nearest), targetWeights f32 [clips · (T-1)] of the transitions in the
 * cross-entropy, and classifierWeights f32 [A, C] (`in.class_prototypes` of a bundle), whose inner products with the unit latents are its logits.
 * Terms: reconstruction (weighted), mse or tokenAccuracy, codeDistance, crossEntropy, actionAccuracy.
 */
function recordLoss(p: Program, config: Config, w: Weights, shape: BatchShape): Loss {
  const { frame, latent_action: c } = config
  const { gpu } = p
  const S = w.get('encoder.position').rows
  const T = shape.frames
  const transitions = shape.clips * (T - 1)
  const decoded = decoderClips(shape)
  const framesTensor = (label: string, count: number) =>
    readsTokens(config)
      ? gpu.tensor(label, [count * S], 'i32')
      : gpu.tensor(label, [count, frame.height, frame.width], 'u32')
  const frames = framesTensor('frames', shape.clips * T)
  const sourceFrames = framesTensor('source frames', decoded * (T - 1))
  const targetFrames = framesTensor('target frames', decoded * (T - 1))
  const frameWeights = gpu.tensor('pixel weights', targetFrames.shape, 'f32')
  const targetCodes = gpu.tensor('target codes', [transitions], 'i32')
  const classifierWeights = gpu.tensor('classifier weights', [c.actions, c.code_width])
  const targetWeights = gpu.tensor('target weights', [transitions])
  const weights = lossWeightTensor(p)

  const encoder = clipContexts(p, shape)('encoder', c.encoder_layers, c, S + 1)
  const units = l2Normalize(p, dropFirstToken(p, latentActionLatents(p, config, w, frames, encoder), T - 1))
  const quantised = vqStraightThrough(p, units, l2Normalize(p, w.get('codebook')), targetCodes, weights)
  const classified = crossEntropy(p, linear(p, units, transpose(p, classifierWeights)), {
    targets: quantised.codes,
    weights: targetWeights,
    lossWeights: weights,
    term: WEIGHT_INDEX.crossEntropy,
  })

  const table = linear(p, quantised.y, w.get('decoder.action.weight'))
  const decoder = clipContexts(p, { clips: decoded, frames: T - 1 })('decoder', c.decoder_layers, c, S)
  const codes = rowIndices(p, decoded * (T - 1))
  const logits = latentActionLogits(p, config, w, sourceFrames, { table, codes }, decoder)
  const loss = { lossWeights: weights, term: WEIGHT_INDEX.reconstruction }
  const errors = readsTokens(config)
    ? crossEntropy(p, logits, { targets: targetFrames, weights: frameWeights, ...loss })
    : reconstructionLoss(p, logits, { frames: targetFrames, weights: frameWeights, patch: c.patch, ...loss })
  return {
    inputs: { frames, sourceFrames, targetFrames, frameWeights, targetCodes, classifierWeights, targetWeights },
    weights,
    terms: [
      sumTerm(p, errors, ['reconstruction', readsTokens(config) ? 'tokenAccuracy' : 'mse']),
      sumTerm(p, quantised.errors, ['codeDistance']),
      sumTerm(p, classified, ['crossEntropy', 'actionAccuracy']),
    ],
    quantised: { latents: units, ...quantised },
  }
}

/** i32 [count], 0 … count - 1: transition n has row n of the table. */
function rowIndices({ gpu }: Program, count: number): Tensor {
  const indices = gpu.tensor('transitions', [count], 'i32')
  gpu.write(
    indices,
    Int32Array.from({ length: count }, (_, i) => i),
  )
  return indices
}
