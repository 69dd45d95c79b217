// The cost of a played frame: its work, from a model's sizes alone, and the time that a measured adapter takes for it.

import { ATTENTION, type Config, codebooksOf, patchCount, type SamplingConfig } from '../model/config.ts'

/** The work of a played frame, as far as time depends on it. */
export interface FrameWork {
  /** Always 1: its cost is what every frame takes, whatever its size. */
  frame: number
  /** How often a block of the dynamics or of the decoder runs, each time with many small dispatches. */
  blocks: number
  /** Multiply-adds of linear layers, in 1e9. */
  linear: number
  /** Multiply-adds of attention, in 1e9. */
  attention: number
}

/** Milliseconds per unit of each part of the work. */
export type AdapterCost = Record<keyof FrameWork, number>

export const PARTS = ['frame', 'blocks', 'linear', 'attention'] as const

/** Tokens that each token sees, of frames of S tokens and a window of W frames. */
export const attended = (S: number, W: number) => ({ spatial: S, temporal: W, full: W * S })

/** Linear layers of one block per token: query, key, value and output of each attention, and the feed-forward network. */
function linearOf({ width: D, ffn, variant = 'st-vivit' }: Config['tokenizer' | 'dynamics']): number {
  return ATTENTION[variant].length * 4 * D * D + 2 * D * ffn
}

/** Attention of one block per token: scores and sums, over the frame and over the window. */
function attentionOf({ width: D, window, variant = 'st-vivit' }: Config['tokenizer' | 'dynamics'], S: number): number {
  return ATTENTION[variant].reduce((sum, sublayer) => sum + 2 * attended(S, window)[sublayer] * D, 0)
}

/**
 * The work of a frame of a model of Djinn's own family, after a full window (docs/model.md §5): a pass of the dynamics per decoding
 * step, doubled by guidance; the rows of the frame before, which the first pass appends to the KV cache; and the pixel decoder.
 */
export function frameWork({ frame, tokenizer, dynamics }: Config, sampling: SamplingConfig): FrameWork {
  const S = patchCount(frame, tokenizer.patch)
  const steps = Math.min(sampling.steps, S)
  const rows = S * (steps * (sampling.guidance === 1 ? 1 : 2) + 1)
  const decoder = tokenizer.decoder_layers
  const linear =
    rows * dynamics.layers * linearOf(dynamics) +
    (rows - S) * dynamics.width * tokenizer.codes * codebooksOf(tokenizer) +
    S * (decoder * linearOf(tokenizer) + 3 * tokenizer.width * tokenizer.patch ** 2)
  const attention = rows * dynamics.layers * attentionOf(dynamics, S) + S * decoder * attentionOf(tokenizer, S)
  return {
    frame: 1,
    blocks: (steps + 1) * dynamics.layers + decoder,
    linear: linear / 1e9,
    attention: attention / 1e9,
  }
}

/** Milliseconds of that work on an adapter. */
export function timeOf(work: FrameWork, cost: AdapterCost): number {
  return PARTS.reduce((sum, part) => sum + work[part] * cost[part], 0)
}
