// The ST-transformer of Djinn's own models (docs/model.md §1) as a BlockSpec: norms before each sub-layer, a relative position bias in time, GELU.

import type { Program } from '../gpu/program.ts'
import type { Tensor } from '../gpu/tensor.ts'
import type { Weights } from '../weights/load.ts'
import { type BlockSpec, blockTensors, type ForwardContext, runBlocks } from './block.ts'
import { ATTENTION, type TransformerConfig, type Variant } from './config.ts'
import type { ModelParameter } from './parameters.ts'

/** A TransformerConfig, or that of an encoder that sees one patch at a time. */
export type BlocksConfig = Omit<TransformerConfig, 'variant'> & { variant?: Variant | 'none' }

/** The block of docs/model.md §1 with these sizes. */
export function djinnBlock({ width, heads, ffn, window, qk_norm, variant = 'st-vivit' }: BlocksConfig): BlockSpec {
  return {
    width,
    heads,
    window,
    attention: ATTENTION[variant],
    norm: { kind: 'layer', place: 'pre' },
    qkvBias: false,
    qkNorm: qk_norm ?? false,
    temporalPosition: 'relative-bias',
    ffn: { kind: 'gelu', width: ffn },
  }
}

/** The tensors of `layers` blocks under a prefix such as `encoder.`. */
export const blockParameters = (prefix: string, layers: number, config: BlocksConfig): ModelParameter[] =>
  blockTensors(prefix, layers, djinnBlock(config))

/** x [frames · S, D] through all blocks → the same shape, before the final norm. */
export const stTransformer = (
  p: Program,
  x: Tensor,
  weights: Weights,
  prefix: string,
  config: BlocksConfig,
  ctx: ForwardContext,
): Tensor => runBlocks(p, x, weights, prefix, djinnBlock(config), ctx)
