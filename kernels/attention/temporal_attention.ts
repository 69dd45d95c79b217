// Attention to past frames, over the KV cache: of each position to itself, or of all tokens to all.

import type { Kernel } from '../../src/gpu/kernel.ts'
import type { Program } from '../../src/gpu/program.ts'
import type { Operation } from '../../src/gpu/tape.ts'
import type { Tensor } from '../../src/gpu/tensor.ts'
import type { KvRing, SplitHeads } from '../split_heads/split_heads.ts'
import {
  type AttentionSaved,
  type AttentionShape,
  attentionCommonWgsl,
  attentionGrid,
  CHUNK_CHANNELS,
  logSumExpTensor,
  withHeadStore,
} from './attention_common.ts'
import qkNorm from './attention_qk_norm.wgsl?raw'
import wgsl from './temporal_attention.wgsl?raw'
import append from './temporal_attention_append.wgsl?raw'
import common from './temporal_attention_common.wgsl?raw'

export const temporalAttentionKernel: Kernel = {
  name: 'temporal_attention',
  sources: [attentionCommonWgsl, common, wgsl],
  bindings: ['read', 'read', 'read', 'write', 'write', 'read', 'read'],
}
const appendKernel: Kernel = {
  name: 'temporal_attention_append',
  sources: [attentionCommonWgsl, qkNorm, common, append],
  bindings: ['read', 'update', 'update', 'write', 'read', 'read', 'read', 'read'],
}
export const temporalAttentionOperation: Operation<AttentionSaved> = { name: 'temporal_attention' }

export interface TemporalAttentionShape extends AttentionShape {
  /** 2: both blocks are frame frameInfo[0], the second without its action. */
  guidancePasses: number
  /** Whether a token sees all tokens of a frame, or the one at its own position; default false. */
  allTokens?: boolean
  /** Blocks are clips of that many frames, and no clip sees another. frameInfo[0] is then 0 and the ring holds all blocks. */
  framesPerClip?: number
}

/**
 * q [blocks · S, heads · padded d], a ring that already holds the blocks' own keys and values, bias f32 [heads, W] →
 * [blocks · S, heads · d]. Block b is frame frameInfo[0] + b.
 */
export function temporalAttention(
  p: Program,
  q: Tensor,
  ring: KvRing,
  bias: Tensor,
  frameInfo: Tensor,
  shape: TemporalAttentionShape,
): Tensor {
  const { tokens, heads, headWidth, guidancePasses, allTokens = false, framesPerClip = 0 } = shape
  const { keys: k, values: v, slots } = ring
  const blocks = q.rows / tokens
  const out = p.temp('temporal attention', [q.rows, heads * headWidth])
  const logSumExp = logSumExpTensor(p, q.rows, heads)
  const params = {
    tokens,
    heads,
    window: bias.width,
    slots,
    guidance_passes: guidancePasses,
    all_tokens: allTokens,
    frames_per_clip: framesPerClip,
    save_lse: !!p.tape,
  }
  const kernel = withHeadStore(temporalAttentionKernel, headWidth)
  const tensors = [q, k, v, out, logSumExp, bias, frameInfo]
  p.dispatch(kernel, params, tensors, attentionGrid(shape, blocks, 32), { head_width: headWidth })
  const temporal = { bias, framesPerClip: framesPerClip || blocks, allTokens }
  p.tape?.record(temporalAttentionOperation, { q, k, v, out, logSumExp, shape, temporal })
  return out
}

/** Whether `appendingAttention` can take these rows of qkv: one frame, and heads that a thread keeps in registers. */
export const canAppend = (
  p: Program,
  rows: number,
  { tokens, headWidth }: SplitHeads,
  guidancePasses: number,
): boolean => !p.tape && rows === tokens * guidancePasses && headWidth % 4 === 0 && headWidth <= CHUNK_CHANNELS

/**
 * qkv [guidance passes · S, 3D] of frame frameInfo[0], heads as a linear layer wrote them → [guidance passes · S, D]: writes its keys and
 * values into the ring, then attends as `temporalAttention` does. It saves split_heads; only where `canAppend` allows it.
 */
export function appendingAttention(
  p: Program,
  qkv: Tensor,
  ring: KvRing,
  bias: Tensor,
  frameInfo: Tensor,
  { norm, ...shape }: SplitHeads,
  guidancePasses: number,
): Tensor {
  const { tokens, heads, headWidth } = shape
  const out = p.temp('temporal attention', [qkv.rows, heads * headWidth])
  const params = {
    tokens,
    heads,
    window: bias.width,
    slots: ring.slots,
    guidance_passes: guidancePasses,
    qk_norm: !!norm,
  }
  const norms = [norm?.q ?? p.gpu.placeholder, norm?.k ?? p.gpu.placeholder]
  const tensors = [qkv, ring.keys, ring.values, out, bias, frameInfo, ...norms]
  p.dispatch(withHeadStore(appendKernel, headWidth), params, tensors, attentionGrid(shape, guidancePasses, 32), {
    head_width: headWidth,
  })
  return out
}
