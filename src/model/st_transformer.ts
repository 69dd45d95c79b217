// The ST-transformer of Djinn's own models (docs/model.md §1) as a BlockSpec: norms before each sub-layer, a bias by age, GELU.

import type { Gpu } from '../gpu/gpu.ts'
import type { Program } from '../gpu/program.ts'
import type { Tensor } from '../gpu/tensor.ts'
import type { Weights } from '../weights/load.ts'
import {
  type AttentionPart,
  BlockCache,
  type BlockSpec,
  blockTensors,
  type ForwardContext,
  runBlocks,
} from './block.ts'
import type { TransformerConfig, Variant } from './config.ts'
import type { ModelParameter } from './parameters.ts'

export type { ForwardContext } from './block.ts'

/** The attention sub-layers of a block, in order. `patch` is no `tokenizer.variant`: `tokenizer.encoder: "patch"` selects it, for the encoder alone (model.md §2). */
export const ATTENTION: Record<Variant | 'patch', readonly AttentionPart[]> = {
  'st-vivit': ['spatial', 'temporal'],
  vit: ['spatial'],
  'c-vivit': ['full'],
  patch: [],
}

/** A TransformerConfig, or that of an encoder that sees one patch at a time. */
export type BlocksConfig = Omit<TransformerConfig, 'variant'> & { variant?: Variant | 'patch' }

/** The block of docs/model.md §1 with these sizes. */
function djinnBlock({ width, heads, ffn, window, qk_norm, variant = 'st-vivit' }: BlocksConfig): BlockSpec {
  return {
    width,
    heads,
    window,
    attention: ATTENTION[variant],
    norm: { kind: 'layer', place: 'pre' },
    qkvBias: false,
    qkNorm: qk_norm ?? false,
    time: 'age bias',
    ffn: { kind: 'gelu', width: ffn },
  }
}

/** The tensors of `layers` blocks under a prefix such as `encoder.`. */
export const blockParameters = (prefix: string, layers: number, config: BlocksConfig): ModelParameter[] =>
  blockTensors(prefix, layers, djinnBlock(config))

/** The KV cache of a stack with these sizes. The `vit` variant needs none. */
export class KvCache extends BlockCache {
  /** As BlockCache, with the sizes of config.json. */
  constructor(
    gpu: Gpu,
    label: string,
    layers: number,
    config: BlocksConfig,
    tokens: number,
    chunk: number,
    guidancePasses = 1,
  ) {
    super(gpu, label, layers, djinnBlock(config), tokens, chunk, guidancePasses)
  }
}

/** x [frames · S, D] through all blocks → the same shape, before the final norm. */
export const stTransformer = (
  p: Program,
  x: Tensor,
  weights: Weights,
  prefix: string,
  config: BlocksConfig,
  ctx: ForwardContext,
): Tensor => runBlocks(p, x, weights, prefix, djinnBlock(config), ctx)
