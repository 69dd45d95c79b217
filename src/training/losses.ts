// What each component is trained for, model.md §8, recorded from the model code that plays: forward over a batch of whole clips,
// losses at its end. What a loss weighs is data in `terms`, so that one Program serves every phase of a training.

import { dropFirstToken } from '../../kernels/embedding/drop_first_token.ts'
import { linear } from '../../kernels/linear/linear.ts'
import { crossEntropy } from '../../kernels/losses/cross_entropy.ts'
import { sigmoidMse } from '../../kernels/losses/sigmoid_mse.ts'
import { concatRows } from '../../kernels/rows/concat_rows.ts'
import { l2Normalize } from '../../kernels/rows/l2_normalize.ts'
import { reduceRows } from '../../kernels/rows/reduce_rows.ts'
import { transpose } from '../../kernels/rows/transpose.ts'
import { VQ_WEIGHTS, vqStraightThrough } from '../../kernels/vq/vq_straight_through.ts'
import type { Program } from '../gpu/program.ts'
import type { Tensor } from '../gpu/tensor.ts'
import { type Config, patchCount, type TransformerConfig } from '../model/config.ts'
import { dynamicsLogits } from '../model/dynamics.ts'
import { latentActionLatents, latentActionLogits } from '../model/latent_action.ts'
import { type ForwardContext, KvCache } from '../model/st_transformer.ts'
import { tokenizerLatents, tokenizerLogits } from '../model/tokenizer.ts'
import type { Weights } from '../weights/load.ts'
import type { Component } from './component.ts'

/** How large a batch is. */
export interface BatchShape {
  clips: number
  /** Frames a clip. */
  frames: number
  /** Of a latent action model: how many of the clips, the first ones, its decoder draws; default all. */
  decoderClips?: number
}

/** What the parts of a loss weigh, and how codes are made; every one may change from step to step. */
export interface LossWeights {
  /** 1: a plain autoencoder, whose decoder receives the unit latents themselves. */
  bypass: number
  /** Share of the decoder's gradient that passes straight through to the encoder. */
  straightThrough: number
  /** Weight of mean ‖n - sg(e)‖², which draws latents to codes. */
  commitment: number
  /** Weight of mean ‖sg(n) - e‖², which draws codes to latents. */
  codebook: number
  /** Weight of the reconstruction: pixels, or the tokens of a latent action model that reads tokens. */
  reconstruction: number
  /** Weight of the cross-entropy: of masked tokens, or of the latent action model's encoder naming its code. */
  crossEntropy: number
}

/** The losses of model.md §8 as they are written there. */
export const SPEC_WEIGHTS: LossWeights = {
  bypass: 0,
  straightThrough: 1,
  commitment: 0.25,
  codebook: 1,
  reconstruction: 1,
  crossEntropy: 1,
}

/** Where `terms` has each. */
export const WEIGHT_INDEX: Record<keyof LossWeights, number> = { ...VQ_WEIGHTS, reconstruction: 4, crossEntropy: 5 }

/** Terms as the GPU has them. */
export const termValues = (terms: LossWeights): Float32Array<ArrayBuffer> =>
  Float32Array.from(
    { length: 6 },
    (_, i) => terms[Object.entries(WEIGHT_INDEX).find(([, at]) => at === i)![0] as keyof LossWeights],
  )

/** Values of the loss's parts by name; see `lossOf`. */
export type LossTerms = Record<string, number>

/** The loss that was minimised. */
export const lossOf = (parts: LossTerms, terms: LossWeights): number =>
  terms.reconstruction * (parts.pixels ?? 0) +
  (terms.commitment + terms.codebook) * (parts.code ?? 0) +
  terms.crossEntropy * (parts.naming ?? 0)

export interface Loss {
  /** What a batch is written into, by name. */
  inputs: Record<string, Tensor>
  terms: Tensor // f32 [6]
  /** Sums f32 [1, n] of the parts that `names` names. */
  sums: { names: readonly string[]; tensor: Tensor }[]
  /** Of a component with a codebook: what re-seeding it needs. */
  quantised?: { unitLatents: Tensor; codes: Tensor; errors: Tensor }
}

/**
 * Records a component's forward pass and losses over a batch.
 * @param w its tensors as `trainingTensors` lays them out
 */
export function recordLoss(p: Program, component: Component, config: Config, w: Weights, shape: BatchShape): Loss {
  return RECORD[component](p, config, w, shape)
}

const RECORD = { tokenizer, latent_action: latentAction, dynamics }

/**
 * Inputs: frames u32 [clips · T, H, W] RGBA8, weights f32 of their pixels, given i32 [clips · T · S] codes (-1: the nearest).
 * Parts: pixels (weighted), mse, code.
 */
function tokenizer(p: Program, config: Config, w: Weights, shape: BatchShape): Loss {
  const c = config.tokenizer
  const S = patchCount(config.frame, c.patch)
  const frames = p.gpu.tensor('frames', pictures(config, shape.clips * shape.frames), 'u32')
  const weights = p.gpu.tensor('pixel weights', frames.shape, 'f32')
  const given = p.gpu.tensor('given codes', [frames.shape[0]! * S], 'i32')
  const terms = p.gpu.tensor('loss terms', [6])
  const passage = clipContexts(p, shape)

  const units = l2Normalize(p, tokenizerLatents(p, config, w, frames, passage('encoder', c.encoder_layers, c, S)))
  const quantised = vqStraightThrough(p, units, l2Normalize(p, w.get('codebook')), given, terms)
  const embedded = linear(p, quantised.y, w.get('decoder.code.weight'), {
    bias: w.get('decoder.code.bias'),
    residual: w.get('decoder.position'),
  })
  const logits = tokenizerLogits(p, config, w, embedded, passage('decoder', c.decoder_layers, c, S))
  const errors = sigmoidMse(p, logits, { frames, weights, patch: c.patch, terms, term: WEIGHT_INDEX.reconstruction })
  return {
    inputs: { frames, weights, given },
    terms,
    sums: [sumTerm(p, errors, ['pixels', 'mse']), sumTerm(p, quantised.errors, ['code'])],
    quantised: { unitLatents: units, ...quantised },
  }
}

/**
 * Inputs: frames u32 [clips · T, H, W] RGBA8 for the encoder; before and after u32 [drawn · (T-1), H, W], what the decoder draws
 * from and what it should draw, with weights f32 of the pixels; given i32 [clips · (T-1)] codes (-1: the nearest); namingWeights f32
 * [clips · (T-1)]; names f32 [A, C], whose inner products with the unit latents are the logits of naming. Of a model of tokens
 * frames, before and after are i32 [… · S] codes, and weights, one a token, sum to 1.
 * Parts: pixels (weighted), mse (of tokens: right), code, naming, named (the share that is).
 */
function latentAction(p: Program, config: Config, w: Weights, shape: BatchShape): Loss {
  const c = config.latent_action
  const { gpu } = p
  const S = w.get('encoder.position').rows
  const T = shape.frames
  const transitions = shape.clips * (T - 1)
  const drawn = (shape.decoderClips ?? shape.clips) * (T - 1)
  const ofTokens = c.input === 'tokens'
  const seen = (label: string, count: number) =>
    ofTokens ? gpu.tensor(label, [count * S], 'i32') : gpu.tensor(label, pictures(config, count), 'u32')
  const frames = seen('frames', shape.clips * T)
  const [before, after] = [seen('frames before', drawn), seen('frames after', drawn)]
  const weights = gpu.tensor('pixel weights', after.shape, 'f32')
  const given = gpu.tensor('given codes', [transitions], 'i32')
  const names = gpu.tensor('names', [c.actions, c.code_width])
  const namingWeights = gpu.tensor('naming weights', [transitions])
  const terms = gpu.tensor('loss terms', [6])
  const passage = clipContexts(p, shape)

  const encoder = passage('encoder', c.encoder_layers, c, S + 1)
  const units = l2Normalize(p, dropFirstToken(p, latentActionLatents(p, config, w, frames, encoder), T - 1))
  const quantised = vqStraightThrough(p, units, l2Normalize(p, w.get('codebook')), given, terms)
  const named = crossEntropy(p, linear(p, units, transpose(p, names)), {
    targets: quantised.codes,
    weights: namingWeights,
    terms,
    term: WEIGHT_INDEX.crossEntropy,
  })

  const table = linear(p, quantised.y, w.get('decoder.action.weight'))
  const codes = gpu.tensor('transitions', [drawn], 'i32')
  gpu.write(
    codes,
    Int32Array.from({ length: drawn }, (_, i) => i),
  )
  const decoder = clipContexts(p, { clips: drawn / (T - 1), frames: T - 1 })('decoder', c.decoder_layers, c, S)
  const logits = latentActionLogits(p, config, w, before, { table, codes }, decoder)
  const errors = ofTokens
    ? crossEntropy(p, logits, { targets: after, weights, terms, term: WEIGHT_INDEX.reconstruction })
    : sigmoidMse(p, logits, { frames: after, weights, patch: c.patch, terms, term: WEIGHT_INDEX.reconstruction })
  return {
    inputs: { frames, before, after, weights, given, names, namingWeights },
    terms,
    sums: [
      sumTerm(p, errors, ['pixels', ofTokens ? 'right' : 'mse']),
      sumTerm(p, quantised.errors, ['code']),
      sumTerm(p, named, ['naming', 'named']),
    ],
    quantised: { unitLatents: units, ...quantised },
  }
}

/**
 * Inputs: tokens i32 [clips · T · S] as the model sees them (K = masked), targets i32 the true ones, weights f32 that sum to 1 over
 * those that are masked and are 0 elsewhere, frameInfo i32 [2 + clips · T] whose elements from 2 on are the actions that led to each
 * frame (-1: none). Parts: naming, right (the share that is).
 */
function dynamics(p: Program, config: Config, w: Weights, shape: BatchShape): Loss {
  const c = config.dynamics
  const S = w.get('position').rows
  const count = shape.clips * shape.frames * S
  const tokens = p.gpu.tensor('tokens', [count], 'i32')
  const targets = p.gpu.tensor('true tokens', [count], 'i32')
  const weights = p.gpu.tensor('token weights', [count])
  const terms = p.gpu.tensor('loss terms', [6])
  const tables = {
    tokens: concatRows(p, w.get('token.weight'), w.get('mask')),
    actions: linear(p, l2Normalize(p, w.get('action_codebook')), w.get('action.weight')),
  }
  const at = clipContexts(p, shape)('dynamics', c.layers, c, S)
  const logits = dynamicsLogits(p, config, w, tables, tokens, at)
  const losses = crossEntropy(p, logits, { targets, weights, terms, term: WEIGHT_INDEX.crossEntropy })
  return {
    inputs: { tokens, targets, weights, frameInfo: at.frameInfo },
    terms,
    sums: [sumTerm(p, losses, ['naming', 'right'])],
  }
}

const pictures = ({ frame }: Config, count: number): number[] => [count, frame.height, frame.width]

/** A part of a loss, of losses by row. */
export const sumTerm = (p: Program, x: Tensor, names: readonly string[]) => ({
  names,
  tensor: reduceRows(p, x, { period: 1 }),
})

/** Passages of whole clips, each its own beginning and end; one frameInfo for all. */
export function clipContexts({ gpu }: Program, { clips, frames }: Pick<BatchShape, 'clips' | 'frames'>) {
  const frameInfo = gpu.tensor('frameInfo', [2 + clips * frames], 'i32')
  return (label: string, layers: number, c: TransformerConfig, tokens: number): ForwardContext => ({
    frameInfo,
    framesPerClip: frames,
    cache: new KvCache(gpu, label, layers, c, tokens, clips * frames),
  })
}
