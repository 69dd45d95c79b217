// Losses of model.md §8: the names, the weights and the sum of their terms. The weights are data on the GPU, so that one
// Program serves every phase of a training. src/training/components/ records the loss of each component.

import { reduceRows } from '../../kernels/rows/reduce_rows.ts'
import { VQ_WEIGHTS } from '../../kernels/vq/vq_straight_through.ts'
import type { Program } from '../gpu/program.ts'
import type { Tensor } from '../gpu/tensor.ts'
import { type ForwardContext, KvCache } from '../model/block.ts'
import { type BlocksConfig, djinnBlock } from '../model/st_transformer.ts'

/** The size of a batch. */
export interface BatchShape {
  clips: number
  /** Frames per clip. */
  frames: number
  /** For a latent action model: the share of the clips, the first ones, that its decoder reconstructs; default all. */
  decoderShare?: number
  /** For a dynamics: whether every frame is decoded from finished ones, as in play (docs/codebooks-spec.md); default: with several codebooks. */
  asPlayed?: boolean
}

/** How the terms of a loss are weighted, and how codes are made. Every one may change from step to step. */
export interface LossWeights {
  /** 1: a plain autoencoder, whose decoder receives the unit latents themselves. */
  bypass: number
  /** Share of the decoder's gradient that passes straight through to the encoder. */
  straightThrough: number
  /** Weight of mean ‖n - sg(e)‖², which pulls latents to codes. */
  commitment: number
  /** Weight of mean ‖sg(n) - e‖², which pulls codes to latents. */
  codebook: number
  /** Weight of the reconstruction: of pixels, or of the tokens of a latent action model that reads tokens. */
  reconstruction: number
  /** Weight of the cross-entropy: of masked tokens, or of the encoder's code of a transition. */
  crossEntropy: number
}

/** The weights of model.md §8. A component ignores those of terms that it does not have; a latent action model sets crossEntropy to 0 for them. */
export const BASE_WEIGHTS: LossWeights = {
  bypass: 0,
  straightThrough: 1,
  commitment: 0.25,
  codebook: 1,
  reconstruction: 1,
  crossEntropy: 1,
}

/** The index of each weight in the tensor `Loss.weights`. */
export const WEIGHT_INDEX: Record<keyof LossWeights, number> = { ...VQ_WEIGHTS, reconstruction: 4, crossEntropy: 5 }

/** The number of loss weights. */
const WEIGHT_COUNT = Object.keys(WEIGHT_INDEX).length

/** The values of the tensor `Loss.weights`. */
export function lossWeightValues(weights: LossWeights): Float32Array<ArrayBuffer> {
  const values = new Float32Array(WEIGHT_COUNT)
  for (const [name, index] of Object.entries(WEIGHT_INDEX)) values[index] = weights[name as keyof LossWeights]
  return values
}

/** Unweighted values of a loss's terms, and of what is measured with them, by name. */
export type LossTerms = Record<string, number>

/** The loss that was minimised. */
export const totalLoss = (terms: LossTerms, weights: LossWeights): number =>
  weights.reconstruction * (terms.reconstruction ?? 0) +
  (weights.commitment + weights.codebook) * (terms.codeDistance ?? 0) +
  weights.codebook * (terms.residualDistance ?? 0) +
  weights.crossEntropy * (terms.crossEntropy ?? 0)

/** A recorded loss. */
export interface Loss {
  /** The tensors that a batch is written into, by name. */
  inputs: Record<string, Tensor>
  weights: Tensor // f32 [WEIGHT_COUNT]
  /** Tensors f32 [1, n] of the terms that `names` names. */
  terms: { names: readonly string[]; tensor: Tensor }[]
  /** For a component with a codebook: the quantised latents, by which dead codes are reset. */
  quantised?: { latents: Tensor; codes: Tensor; errors: Tensor }
}

/** The tensor of a loss's weights. */
export const lossWeightTensor = (p: Program): Tensor => p.gpu.tensor('loss weights', [WEIGHT_COUNT])

/** Terms of a loss: the sums over the rows of x [rows, n]. */
export const sumTerm = (p: Program, x: Tensor, names: readonly string[]) => ({
  names,
  tensor: reduceRows(p, x, { period: 1 }),
})

/** Makes the context of a forward pass over whole clips, each starting without a past; all share one `frameInfo`. `asPlayed`: twice, finished and decoded. */
export function clipContexts({ gpu }: Program, { clips, frames, asPlayed }: Omit<BatchShape, 'decoderShare'>) {
  const chunk = (asPlayed ? 2 : 1) * clips * frames
  const frameInfo = gpu.tensor('frameInfo', [2 + chunk], 'i32')
  return (label: string, layers: number, c: BlocksConfig, tokens: number): ForwardContext => ({
    frameInfo,
    framesPerClip: frames,
    ...(asPlayed && { finishedFrames: clips * frames }),
    cache: new KvCache(gpu, label, layers, djinnBlock(c), tokens, chunk),
  })
}
