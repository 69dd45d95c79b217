// Attention to the past, over a ring of cached keys and values: of a position to itself, or of all positions to all.

import type { Kernel } from '../src/gpu/kernel.ts'
import type { Program } from '../src/gpu/program.ts'
import type { Tensor } from '../src/gpu/tensor.ts'
import { ceilDiv } from './grid.ts'
import { CHUNK_CHANNELS } from './spatial_attention.ts'
import type { Ring } from './split_heads.ts'
import wgsl from './temporal_attention.wgsl?raw'

export const temporalAttentionKernel: Kernel = {
  name: 'temporal_attention',
  wgsl,
  bindings: ['read', 'read', 'read', 'read', 'read', 'write'],
}

/**
 * q [blocks · S, heads · padded d], a ring that holds this call's own keys and values already, bias f32 [heads, W] → [blocks · S, heads · d].
 * Block b is frame clock[0] + b; of two branches both are frame clock[0]. With `full` a token sees all tokens of those frames.
 */
export function temporalAttention(
  p: Program,
  q: Tensor,
  ring: Ring,
  bias: Tensor,
  clock: Tensor,
  shape: { tokens: number; heads: number; headWidth: number; branches: number; full?: boolean },
): Tensor {
  const { tokens, heads, headWidth, branches, full = false } = shape
  const out = p.temp('temporal attention', [q.rows, heads * headWidth])
  const sizes = { tokens, heads, window: bias.width, slots: ring.slots, branches, full }
  const grid: [number, number, number] = [
    ceilDiv(tokens, 32),
    heads * ceilDiv(headWidth, CHUNK_CHANNELS),
    q.rows / tokens,
  ]
  p.dispatch(temporalAttentionKernel, sizes, [q, ring.keys, ring.values, bias, clock, out], grid, {
    head_width: headWidth,
  })
  return out
}
