// Attention to past frames, over the KV cache: each position attends to itself, or all tokens to all.

import type { Kernel } from '../../src/gpu/kernel.ts'
import type { Program } from '../../src/gpu/program.ts'
import type { Operation } from '../../src/gpu/tape.ts'
import type { Tensor } from '../../src/gpu/tensor.ts'
import cacheSlot from '../common/cache_slot.wgsl?raw'
import qkNorm from '../common/qk_norm.wgsl?raw'
import type { LayerKvCache, SplitHeads } from '../split_heads/split_heads.ts'
import {
  type AttentionSaved,
  type AttentionShape,
  attentionCommonWgsl,
  attentionGrid,
  CHUNK_CHANNELS,
  logSumExpTensor,
  withHeadStore,
} from './attention_common.ts'
import wgsl from './temporal_attention.wgsl?raw'
import append from './temporal_attention_append.wgsl?raw'
import common from './temporal_attention_common.wgsl?raw'

const temporalAttentionKernel: Kernel = {
  name: 'temporal_attention',
  sources: [attentionCommonWgsl, cacheSlot, common, wgsl],
  bindings: ['read', 'read', 'read', 'write', 'write', 'read', 'read'],
}
const appendKernel: Kernel = {
  name: 'temporal_attention_append',
  sources: [attentionCommonWgsl, qkNorm, cacheSlot, common, append],
  bindings: ['read', 'update', 'update', 'write', 'read', 'read', 'read', 'read'],
}
export const temporalAttentionOperation: Operation<AttentionSaved> = { name: 'temporal_attention' }

interface TemporalAttentionShape extends AttentionShape {
  /** 2: both slices are frame frameInfo[0], the second without its action. */
  guidancePasses: number
  /** Whether a token sees all tokens of a frame, or the one at its own position; default false. */
  allTokens?: boolean
  /** Slices are clips of that many frames, and no clip sees another. frameInfo[0] is then 0 and the cache holds all slices. */
  framesPerClip?: number
  /** Slices of finished frames, in training over whole clips: as many slices of the same frames follow, which see the finished past and themselves. */
  finishedFrames?: number
}

/**
 * q [slices · S, heads · padded d], a layer's KV cache that already holds the slices' own keys and values, bias f32 [heads, W] →
 * [slices · S, heads · d]. Slice b is frame frameInfo[0] + b.
 */
export function temporalAttention(
  p: Program,
  q: Tensor,
  cache: LayerKvCache,
  bias: Tensor,
  frameInfo: Tensor,
  shape: TemporalAttentionShape,
): Tensor {
  const { positions, heads, headWidth, guidancePasses } = shape
  const { allTokens = false, framesPerClip = 0, finishedFrames = 0 } = shape
  const { keys: k, values: v, slots } = cache
  const slices = q.rows / positions
  const out = p.temp('temporal attention', [q.rows, heads * headWidth])
  const logSumExp = logSumExpTensor(p, q.rows, heads)
  const params = {
    positions,
    heads,
    window: bias.width,
    slots,
    guidance_passes: guidancePasses,
    all_tokens: allTokens,
    frames_per_clip: framesPerClip,
    save_lse: !!p.tape,
    finished_frames: finishedFrames,
  }
  const kernel = withHeadStore(temporalAttentionKernel, headWidth)
  const tensors = [q, k, v, out, logSumExp, bias, frameInfo]
  p.dispatch(kernel, params, tensors, attentionGrid(shape, slices, 32), { head_width: headWidth })
  const temporal = { bias, framesPerClip: framesPerClip || slices, allTokens, finishedFrames }
  p.tape?.record(temporalAttentionOperation, { q, k, v, out, logSumExp, shape, temporal })
  return out
}

/** Whether `appendingAttention` supports this head width: a thread keeps a head in registers. */
export const supportsAppending = (headWidth: number): boolean => headWidth % 4 === 0 && headWidth <= CHUNK_CHANNELS

/**
 * qkv [slices · S, 3D], not split into heads → [results · S, D]. Writes each slice's keys and values into the cache, then attends as
 * `temporalAttention` does. Slices are frames from frameInfo[0] on, or two guidance passes of that frame. It needs no split_heads, has
 * no backward pass, and requires `supportsAppending`. A cache of W slots is enough.
 * @param results how many of the last slices are wanted
 */
export function appendingAttention(
  p: Program,
  qkv: Tensor,
  cache: LayerKvCache,
  bias: Tensor,
  frameInfo: Tensor,
  { norm, ...shape }: SplitHeads,
  guidancePasses: number,
  results = qkv.rows / shape.positions,
): Tensor {
  const { positions, heads, headWidth } = shape
  const slices = qkv.rows / positions
  const out = p.temp('temporal attention', [results * positions, heads * headWidth])
  const params = {
    positions,
    heads,
    window: bias.width,
    slots: cache.slots,
    guidance_passes: guidancePasses,
    qk_norm: !!norm,
    slices,
    first_result: slices - results,
    width4: headWidth / 4,
  }
  const norms = [norm?.q ?? p.gpu.placeholder, norm?.k ?? p.gpu.placeholder]
  const tensors = [qkv, cache.keys, cache.values, out, bias, frameInfo, ...norms]
  p.dispatch(withHeadStore(appendKernel, headWidth), params, tensors, attentionGrid(shape, 1, 32), {
    head_width: headWidth,
    is_unrolled: Number(!p.gpu.isSoftwareAdapter),
  })
  return out
}
