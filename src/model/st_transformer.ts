// The ST-transformer block (docs/model.md §1): spatial attention, temporal attention, feed-forward; and the tokenizer's variants (§2).
// A forward pass takes a chunk of frames and a KV cache of the frames before. A chunk of one frame is play. A chunk of all frames is
// the whole sequence. Both give the same numbers.

import { spatialAttention } from '../../kernels/attention/spatial_attention.ts'
import { temporalAttention } from '../../kernels/attention/temporal_attention.ts'
import { layerNorm } from '../../kernels/layer_norm/layer_norm.ts'
import { linear } from '../../kernels/linear/linear.ts'
import {
  type KvRing,
  paddedHeadWidth,
  type SplitHeads,
  splitHeads,
  splitHeadsIntoCache,
} from '../../kernels/split_heads/split_heads.ts'
import type { Gpu } from '../gpu/gpu.ts'
import type { Program } from '../gpu/program.ts'
import type { Tensor } from '../gpu/tensor.ts'
import type { ParameterSpec, Weights } from '../weights/load.ts'
import type { TransformerConfig, Variant } from './config.ts'

/** The attention sub-layers of a block, in order. */
const ATTENTION = {
  'st-vivit': ['spatial', 'temporal'],
  vit: ['spatial'],
  'c-vivit': ['full'],
} as const satisfies Record<Variant, readonly string[]>

/** The tensors of `layers` blocks under a prefix such as `encoder.`. */
export function blockParameters(
  prefix: string,
  layers: number,
  { width: D, heads, ffn, window, qk_norm, variant = 'st-vivit' }: TransformerConfig,
): ParameterSpec[] {
  const attention = (name: string): ParameterSpec[] => [
    { name: `${name}.norm.weight`, shape: [D], layout: 'vector' },
    { name: `${name}.norm.bias`, shape: [D], layout: 'vector' },
    { name: `${name}.qkv.weight`, shape: [3 * D, D], layout: 'linear' },
    { name: `${name}.out.weight`, shape: [D, D], layout: 'linear' },
    { name: `${name}.out.bias`, shape: [D], layout: 'vector' },
    ...(qk_norm ? ['q_norm', 'k_norm'] : []).map(
      (n): ParameterSpec => ({ name: `${name}.${n}.weight`, shape: [D / heads], layout: 'vector' }),
    ),
  ]
  return Array.from({ length: layers }, (_, i) => `${prefix}blocks.${i}`).flatMap((block): ParameterSpec[] => [
    ...ATTENTION[variant].flatMap(part => attention(`${block}.${part}`)),
    ...ATTENTION[variant]
      .filter(part => part !== 'spatial')
      .map((part): ParameterSpec => ({ name: `${block}.${part}.bias`, shape: [heads, window], layout: 'vector' })),
    { name: `${block}.ffn.norm.weight`, shape: [D], layout: 'vector' },
    { name: `${block}.ffn.norm.bias`, shape: [D], layout: 'vector' },
    { name: `${block}.ffn.in.weight`, shape: [ffn, D], layout: 'linear' },
    { name: `${block}.ffn.in.bias`, shape: [ffn], layout: 'vector' },
    { name: `${block}.ffn.out.weight`, shape: [D, ffn], layout: 'linear' },
    { name: `${block}.ffn.out.bias`, shape: [D], layout: 'vector' },
  ])
}

/** The KV cache: one ring buffer of keys and values per layer. The `vit` variant needs none. */
export class KvCache {
  readonly rings: KvRing[]

  /**
   * @param tokens S, tokens per frame
   * @param chunk the most frames per forward pass: the ring holds them and the W - 1 frames before
   * @param guidancePasses 2 leaves room for the newest frame without its action
   */
  constructor(
    gpu: Gpu,
    label: string,
    readonly layers: number,
    { width, heads, window, variant }: TransformerConfig,
    readonly tokens: number,
    readonly chunk: number,
    guidancePasses = 1,
  ) {
    const slots = window + chunk - 1
    const shape = [slots + guidancePasses - 1, tokens, heads * paddedHeadWidth(width / heads)]
    this.rings = Array.from({ length: variant === 'vit' ? 0 : layers }, (_, i) => ({
      keys: gpu.tensor(`${label} keys ${i}`, shape),
      values: gpu.tensor(`${label} values ${i}`, shape),
      slots,
    }))
  }

  /** All tensors, for snapshots and for freeing. */
  get tensors(): Tensor[] {
    return this.rings.flatMap(r => [r.keys, r.values])
  }
}

/** What a forward pass needs besides activations. */
export interface ForwardContext {
  /** i32 [2 + frames]: index of the chunk's first frame, seed, the action into each frame (-1: none). */
  frameInfo: Tensor
  cache: KvCache
  /** 2 with classifier-free guidance: the chunk is one frame twice, the second time without its action. Default: 1. */
  guidancePasses?: number
  /** In training the chunk is whole clips of this many frames. Default: the chunk is part of one clip. */
  framesPerClip?: number
}

/** x [frames · S, D] through all blocks → the same shape, before the final norm. */
export function stTransformer(
  p: Program,
  x: Tensor,
  weights: Weights,
  prefix: string,
  config: TransformerConfig,
  ctx: ForwardContext,
): Tensor {
  const { cache, frameInfo, guidancePasses = 1, framesPerClip } = ctx
  const tokens = cache.tokens
  const shape = { tokens, heads: config.heads, headWidth: config.width / config.heads }
  for (let i = 0; i < cache.layers; i++) {
    const block = `${prefix}blocks.${i}`
    const w = (name: string) => weights.get(`${block}.${name}`)
    const norm = (y: Tensor, part: string) => layerNorm(p, y, w(`${part}.norm.weight`), w(`${part}.norm.bias`))
    const project = (y: Tensor, part: string) =>
      linear(p, y, w(`${part}.out.weight`), { bias: w(`${part}.out.bias`), residual: x })
    const qkv = (part: string) => linear(p, norm(x, part), w(`${part}.qkv.weight`))
    const heads = (part: string): SplitHeads =>
      config.qk_norm ? { ...shape, norm: { q: w(`${part}.q_norm.weight`), k: w(`${part}.k_norm.weight`) } } : shape

    for (const part of ATTENTION[config.variant ?? 'st-vivit'])
      if (part === 'spatial') {
        const { q, k, v } = splitHeads(p, qkv(part), heads(part))
        x = project(spatialAttention(p, q, k, v, shape), part)
      } else {
        const ring = cache.rings[i]!
        const query = splitHeadsIntoCache(p, qkv(part), heads(part), ring, frameInfo, guidancePasses)
        const seen = { ...shape, guidancePasses, allTokens: part === 'full', framesPerClip }
        x = project(temporalAttention(p, query, ring, w(`${part}.bias`), frameInfo, seen), part)
      }

    const hidden = linear(p, norm(x, 'ffn'), w('ffn.in.weight'), { bias: w('ffn.in.bias'), gelu: true })
    x = project(hidden, 'ffn')
  }
  return x
}
