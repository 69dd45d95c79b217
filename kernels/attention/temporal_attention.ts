// Attention to the past, over a ring of cached keys and values: of a position to itself, or of all positions to all.

import type { Kernel } from '../../src/gpu/kernel.ts'
import type { Program } from '../../src/gpu/program.ts'
import type { Operation } from '../../src/gpu/tape.ts'
import type { Tensor } from '../../src/gpu/tensor.ts'
import { ceilDiv } from '../common/dispatch_grid.ts'
import type { KvRing } from '../split_heads/split_heads.ts'
import { type AttentionSaved, CHUNK_CHANNELS, logSumExpTensor, withHeadStore } from './spatial_attention.ts'
import wgsl from './temporal_attention.wgsl?raw'

export const temporalAttentionKernel: Kernel = {
  name: 'temporal_attention',
  sources: [wgsl],
  bindings: ['read', 'read', 'read', 'write', 'write', 'read', 'read'],
}
export const temporalAttentionOperation: Operation<AttentionSaved> = { name: 'temporal attention' }

/**
 * q [blocks · S, heads · padded d], a ring that holds this call's own keys and values already, bias f32 [heads, W] → [blocks · S, heads · d].
 * Block b is frame frameInfo[0] + b; of two branches both are frame frameInfo[0]. With `full` a token sees all tokens of those frames.
 * With `clip` the blocks are clips of that many frames, none of which sees another: frameInfo[0] is then 0, and the ring holds all blocks.
 */
export function temporalAttention(
  p: Program,
  q: Tensor,
  ring: KvRing,
  bias: Tensor,
  frameInfo: Tensor,
  shape: { tokens: number; heads: number; headWidth: number; branches: number; full?: boolean; clip?: number },
): Tensor {
  const { tokens, heads, headWidth, branches, full = false, clip = 0 } = shape
  const out = p.temp('temporal attention', [q.rows, heads * headWidth])
  const logSums = logSumExpTensor(p, q.rows, heads)
  const sizes = { tokens, heads, window: bias.width, slots: ring.slots, branches, full, clip, save: !!p.tape }
  const grid: [number, number, number] = [
    ceilDiv(tokens, 32),
    heads * ceilDiv(headWidth, CHUNK_CHANNELS),
    q.rows / tokens,
  ]
  const kernel = withHeadStore(temporalAttentionKernel, headWidth)
  p.dispatch(kernel, sizes, [q, ring.keys, ring.values, out, logSums, bias, frameInfo], grid, { head_width: headWidth })
  const past = { bias, clip: clip || q.rows / tokens, full }
  p.tape?.record(temporalAttentionOperation, {
    q,
    k: ring.keys,
    v: ring.values,
    out,
    logSumExp: logSums,
    shape,
    temporal: past,
  })
  return out
}
