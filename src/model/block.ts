// The ST-transformer block as data. A BlockSpec says which norm stands where, which attention sub-layers follow one another, how positions in
// time are encoded and what the feed-forward layer is. Loading, the forward pass, the KV cache and memory prediction all follow from it.
// A forward pass takes a chunk of frames and a cache of the frames before. A chunk of one frame and a chunk of all give the same numbers.

import { spatialAttention, spatialAttentionOfQkv } from '../../kernels/attention/spatial_attention.ts'
import { appendingAttention, supportsAppending, temporalAttention } from '../../kernels/attention/temporal_attention.ts'
import { layerNorm } from '../../kernels/layer_norm/layer_norm.ts'
import { linear } from '../../kernels/linear/linear.ts'
import {
  type LayerKvCache,
  paddedHeadWidth,
  type SplitHeads,
  splitHeads,
  splitHeadsIntoCache,
} from '../../kernels/split_heads/split_heads.ts'
import type { Gpu } from '../gpu/gpu.ts'
import type { Program } from '../gpu/program.ts'
import type { Tensor } from '../gpu/tensor.ts'
import type { Weights } from '../weights/load.ts'
import { linearLayer, type ModelParameter, norm, onHost, vector, weight } from './parameters.ts'

/**
 * An attention sub-layer, by what a token sees. `spatial`: all tokens of its own frame. `temporal`: its own position in this frame and
 * the frames before. `full`: all tokens of those frames.
 */
export type AttentionSublayer = 'spatial' | 'temporal' | 'full'

export interface BlockSpec {
  width: number // D
  heads: number
  /** Frames that a token sees, its own included. */
  window: number
  /** The attention sub-layers, in order. The feed-forward layer follows them. */
  attention: readonly AttentionSublayer[]
  /**
   * The norm of every sub-layer: LayerNorm (eps 1e-5, or as named) or RMSNorm with weights, or LayerNorm whose scale and shift
   * follow from the frame's condition (`film`, of `conditionWidth` numbers). `pre`: x + f(norm(x)); `post`: norm(x + f(x)).
   */
  norm: { kind: 'layer' | 'layer_eps_1e-6' | 'rms' | 'film'; place: 'pre' | 'post'; conditionWidth?: number }
  qkvBias: boolean
  /** Whether each head's q and k pass through an RMS norm before the scores. */
  qkNorm: boolean
  /**
   * `relative-bias`: scores get a learned bias by the age of a frame, so cached keys stay valid and the window slides over them.
   * `absolute`: positions are counted in the window and were added to x, so every frame of a window that moved is recomputed.
   */
  temporalPosition: 'relative-bias' | 'absolute'
  ffn: { kind: 'gelu' | 'swiglu'; width: number }
  /** Default: those of Djinn's own models, LayerNorm and GELU. Others are in src/model/block_operations.ts. */
  operations?: BlockOperations
}

/** The functions that compute norms and activations, by kind (`norm.kind`, `ffn.kind`). */
export interface BlockOperations {
  /** y normalised, by the weights whose names begin with `name`. */
  norm: Record<
    string,
    (p: Program, y: Tensor, w: (name: string) => Tensor, name: string, ctx: ForwardContext) => Tensor
  >
  /** The feed-forward layer's activation, applied to the output of its first linear layer. `gelu` is part of that layer. */
  activation: Record<string, (p: Program, hidden: Tensor) => Tensor>
}

const DJINN_OPERATIONS: BlockOperations = {
  norm: { layer: (p, y, w, name) => layerNorm(p, y, w(`${name}.weight`), w(`${name}.bias`)) },
  activation: { gelu: (_, hidden) => hidden },
}

/** The tensors of `layers` blocks under a prefix such as `encoder.`, by the names of docs/model.md §1. */
export function blockTensors(prefix: string, layers: number, spec: BlockSpec): ModelParameter[] {
  const { width: D, heads, window, attention, qkvBias, qkNorm, temporalPosition, ffn } = spec
  const hidden = (ffn.kind === 'swiglu' ? 2 : 1) * ffn.width
  const sublayer = (name: string): ModelParameter[] => [
    ...normTensors(`${name}.norm`, spec),
    ...(qkvBias ? linearLayer(`${name}.qkv`, [3 * D, D]) : [weight(`${name}.qkv`, [3 * D, D])]),
    ...linearLayer(`${name}.out`, [D, D]),
    ...(qkNorm ? ['q_norm', 'k_norm'] : []).map(n => vector(`${name}.${n}.weight`, [D / heads], { constant: 1 })),
  ]
  return Array.from({ length: layers }, (_, i) => `${prefix}blocks.${i}`).flatMap(block => [
    ...attention.flatMap(name => sublayer(`${block}.${name}`)),
    ...attention
      .filter(name => name !== 'spatial' && temporalPosition === 'relative-bias')
      .map(name => vector(`${block}.${name}.bias`, [heads, window], { constant: 0 })),
    ...normTensors(`${block}.ffn.norm`, spec),
    ...linearLayer(`${block}.ffn.in`, [hidden, D]),
    ...linearLayer(`${block}.ffn.out`, [D, ffn.width]),
  ])
}

function normTensors(name: string, { width: D, norm: { kind, conditionWidth } }: BlockSpec): ModelParameter[] {
  if (kind === 'film') return onHost(...linearLayer(`${name}.film`, [2 * D, conditionWidth!]))
  return kind === 'rms' ? [vector(`${name}.weight`, [D], { constant: 1 })] : norm(name, D)
}

/** The norms of the blocks, by name without `.weight`. */
export const normNames = (prefix: string, layers: number, { attention }: BlockSpec): string[] =>
  Array.from({ length: layers }, (_, i) => `${prefix}blocks.${i}`).flatMap(block =>
    [...attention, 'ffn'].map(sublayer => `${block}.${sublayer}.norm`),
  )

/** The KV cache: one ring buffer of keys and values per layer. Blocks of spatial attention alone need none. */
export class KvCache {
  readonly ofLayer: LayerKvCache[]
  /** What blocks without a relative position bias add to their scores, f32 [heads, W], zero. */
  readonly noBias: Tensor | undefined

  /**
   * @param tokensPerFrame S
   * @param chunk the most frames per forward pass: the ring holds them and the W - 1 frames before
   * @param guidancePasses 2 leaves room for the frame being decoded without its action
   */
  constructor(
    gpu: Gpu,
    label: string,
    readonly layers: number,
    { width, heads, window, attention, temporalPosition }: BlockSpec,
    readonly tokensPerFrame: number,
    readonly chunk: number,
    guidancePasses = 1,
  ) {
    const slots = window + chunk - 1
    const shape = [slots + guidancePasses - 1, tokensPerFrame, heads * paddedHeadWidth(width / heads)]
    const isNeeded = attention.some(sublayer => sublayer !== 'spatial')
    this.ofLayer = Array.from({ length: isNeeded ? layers : 0 }, (_, i) => ({
      keys: gpu.tensor(`${label} keys ${i}`, shape),
      values: gpu.tensor(`${label} values ${i}`, shape),
      slots,
    }))
    if (isNeeded && temporalPosition === 'absolute')
      this.noBias = gpu.tensor(`${label} no bias`, [heads, window], 'f32')
  }

  /** All tensors, for snapshots and for freeing. */
  get tensors(): Tensor[] {
    return this.ofLayer.flatMap(({ keys, values }) => [keys, values])
  }
}

/**
 * What a forward pass needs besides activations. The chunk is one of these: frames that follow one another (no flag), one frame with and
 * without its action (`guidancePasses` 2), a pair (`isPair`), or in training whole clips (`framesPerClip`, with or without `finishedFrames`).
 */
export interface ForwardContext {
  /** i32 [2 + frames]: the first frame's index, the seed, then each frame's action (-1: none). Families with absolute positions have the frame's position there. */
  frameInfo: Tensor
  cache: KvCache
  /** 2 with classifier-free guidance: the chunk is one frame twice, the second time without its action. Default: 1. */
  guidancePasses?: number
  /** The chunk is two frames: the last finished one, whose keys and values go into the cache, and the one being decoded. Only the latter has a result. */
  isPair?: boolean
  /** In training the chunk is whole clips of this many frames. Default: the chunk is part of one clip. */
  framesPerClip?: number
  /**
   * Training as it is played (docs/codebooks-spec.md): the chunk is this number of finished frames, then the same frames as they are decoded.
   * A decoded frame sees earlier frames in their finished form.
   */
  finishedFrames?: number
  /** The condition of each frame, i32 [frames] (negative: none). `film` norms take it as a row of their tables. */
  conditions?: Tensor
}

/** x [frames · S, D] through all blocks → the same shape; for a pair [S, D]. The norm after the last block is not included. */
export function runBlocks(
  p: Program,
  x: Tensor,
  weights: Weights,
  prefix: string,
  spec: BlockSpec,
  ctx: ForwardContext,
): Tensor {
  const { cache } = ctx
  const shape = { positions: cache.tokensPerFrame, heads: spec.heads, headWidth: spec.width / spec.heads }
  const isPre = spec.norm.place === 'pre'
  const { operations = DJINN_OPERATIONS } = spec
  for (let i = 0; i < cache.layers; i++) {
    const w = (name: string) => weights.get(`${prefix}blocks.${i}.${name}`)
    const normed = (y: Tensor, sublayer: string) => operations.norm[spec.norm.kind]!(p, y, w, `${sublayer}.norm`, ctx)
    const input = (sublayer: string) => (isPre ? normed(x, sublayer) : x)
    const output = (y: Tensor, sublayer: string) => {
      const sum = linear(p, y, w(`${sublayer}.out.weight`), { bias: w(`${sublayer}.out.bias`), addend: x })
      return isPre ? sum : normed(sum, sublayer)
    }
    const qkv = (sublayer: string) =>
      linear(p, input(sublayer), w(`${sublayer}.qkv.weight`), spec.qkvBias ? { bias: w(`${sublayer}.qkv.bias`) } : {})
    const heads = (sublayer: string): SplitHeads =>
      spec.qkNorm ? { ...shape, norm: { q: w(`${sublayer}.q_norm.weight`), k: w(`${sublayer}.k_norm.weight`) } } : shape

    for (const sublayer of spec.attention)
      x = output(attention(p, qkv(sublayer), sublayer, i, heads(sublayer), w, spec, ctx), sublayer)

    const options = { bias: w('ffn.in.bias'), gelu: spec.ffn.kind === 'gelu' }
    const hidden = linear(p, input('ffn'), w('ffn.in.weight'), options)
    x = output(operations.activation[spec.ffn.kind]!(p, hidden), 'ffn')
  }
  return x
}

/** qkv [frames · S, 3D] of a sub-layer of block i → [frames · S, D]. Play reads heads from qkv itself where its kernels can; else splits them. */
function attention(
  p: Program,
  qkv: Tensor,
  sublayer: AttentionSublayer,
  i: number,
  heads: SplitHeads,
  w: (name: string) => Tensor,
  { temporalPosition }: BlockSpec,
  { cache, frameInfo, guidancePasses = 1, framesPerClip, finishedFrames, isPair }: ForwardContext,
): Tensor {
  const { norm: _, ...shape } = heads
  if (sublayer === 'spatial') {
    if (!p.tape && shape.headWidth % 4 === 0) return spatialAttentionOfQkv(p, qkv, heads)
    const { q, k, v } = splitHeads(p, qkv, heads)
    return spatialAttention(p, q, k, v, shape)
  }
  const layer = cache.ofLayer[i]!
  const bias = temporalPosition === 'relative-bias' ? w(`${sublayer}.bias`) : cache.noBias!
  // A slice is S rows of qkv: a frame, or one pass of guidance.
  const slices = isPair ? 2 : guidancePasses
  const isOneFrame = qkv.rows === slices * shape.positions
  if (sublayer === 'temporal' && !p.tape && isOneFrame && supportsAppending(shape.headWidth)) {
    // After the last layer's attention nothing reads the first frame of a pair.
    const results = isPair && i === cache.layers - 1 ? 1 : slices
    return appendingAttention(p, qkv, layer, bias, frameInfo, heads, guidancePasses, results)
  }
  const query = splitHeadsIntoCache(p, qkv, heads, layer, frameInfo, guidancePasses)
  const allTokens = { temporal: false, full: true }[sublayer]
  const seen = { ...shape, guidancePasses, allTokens, framesPerClip, finishedFrames }
  return temporalAttention(p, query, layer, bias, frameInfo, seen)
}
