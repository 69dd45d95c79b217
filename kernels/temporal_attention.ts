// Attention of a position to its own past, over a ring of cached keys and values.

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
 * Block b is frame clock[0] + b; of two branches both are frame clock[0].
 */
export function temporalAttention(
  p: Program,
  q: Tensor,
  ring: Ring,
  bias: Tensor,
  clock: Tensor,
  shape: { tokens: number; heads: number; headWidth: number; branches: number },
): Tensor {
  const { tokens, heads, headWidth, branches } = shape
  const out = p.temp('temporal attention', [q.rows, heads * headWidth])
  const sizes = { tokens, heads, window: bias.width, slots: ring.slots, branches }
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
