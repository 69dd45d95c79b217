// The work of a played frame, counted from a model's sizes: multiply-adds, and bytes that pass between kernels and memory. With an
// adapter's peaks it gives the least time that a frame can take there (its roofline).

import { ATTENTION, type Config, codebooksOf, patchCount, type TransformerConfig } from '../model/config.ts'
import { attended } from '../world/cost.ts'

interface FlopsAndBytes {
  /** Multiplications and additions of products and attention; norms, activations and sampling are left out. */
  flops: number
  /** Bytes read and written: weights once per pass, each kernel's operands and results once, the parts of caches that are read. */
  bytes: number
}

/** @param element bytes of a weight, activation or cached number: 2 in f16, 4 in f32 */
export function flopsAndBytes({ frame, tokenizer, dynamics, sampling }: Config, element: number): FlopsAndBytes {
  const S = patchCount(frame, tokenizer.patch)
  const stack = stackWork(S, dynamics, dynamics.layers)
  // The first step's pass also computes the frame before, without the head.
  const pair = stackWork(S, dynamics, dynamics.layers, 2)
  const heads = Array(codebooksOf(tokenizer)).fill(productWork(S, dynamics.width, tokenizer.codes))
  const decoder = stackWork(S, tokenizer, tokenizer.decoder_layers)
  const pixels = productWork(S, tokenizer.width, 3 * tokenizer.patch ** 2)
  const later = Array.from({ length: sampling.steps - 1 }, () => [stack, ...heads]).flat()
  const passes: Work[] = [pair, ...heads, ...later, decoder, pixels]
  return {
    flops: passes.reduce((sum, { flops }) => sum + flops, 0),
    bytes: element * passes.reduce((sum, { numbers }) => sum + numbers, 0),
  }
}

interface Work {
  flops: number
  numbers: number
}

/** A product [rows, inner] · [inner, outer]. */
const productWork = (rows: number, inner: number, outer: number): Work => ({
  flops: 2 * rows * inner * outer,
  numbers: rows * inner + inner * outer + rows * outer,
})

/**
 * Blocks with attention sub-layers and a feed-forward layer, each with a norm and a residual, over frames of S tokens. It
 * ignores that the last block computes less for the first of two frames.
 */
function stackWork(
  S: number,
  { width: D, ffn, window: W, variant = 'st-vivit' }: TransformerConfig,
  layers: number,
  frames = 1,
): Work {
  const R = frames * S
  const parts: Work[] = [
    ...ATTENTION[variant].flatMap(sublayer => [
      productWork(R, D, 3 * D),
      productWork(R, D, D),
      { flops: 4 * R * attended(S, W)[sublayer] * D, numbers: (sublayer === 'spatial' ? 4 : 2 * W + 4) * R * D },
    ]),
    productWork(R, D, ffn),
    productWork(R, ffn, D),
    { flops: 0, numbers: 3 * (ATTENTION[variant].length + 1) * R * D }, // norms and residuals
  ]
  return {
    flops: layers * parts.reduce((sum, { flops }) => sum + flops, 0),
    numbers: layers * parts.reduce((sum, { numbers }) => sum + numbers, 0),
  }
}
