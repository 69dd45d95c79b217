// Attention among the tokens of a frame; memory grows with S · D.

import type { Kernel } from '../src/gpu/kernel.ts'
import type { Program } from '../src/gpu/program.ts'
import type { Tensor } from '../src/gpu/tensor.ts'
import { ceilDiv } from './grid.ts'
import wgsl from './spatial_attention.wgsl?raw'

export const spatialAttentionKernel: Kernel = {
  name: 'spatial_attention',
  wgsl,
  bindings: ['read', 'read', 'read', 'write'],
}

/** How many channels of a head one thread keeps in registers, in both attention kernels. */
export const CHUNK_CHANNELS = 64

/** q, k, v [blocks · S, heads · padded d] → [blocks · S, heads · d]. */
export function spatialAttention(
  p: Program,
  q: Tensor,
  k: Tensor,
  v: Tensor,
  shape: { tokens: number; heads: number; headWidth: number },
): Tensor {
  const { tokens, heads, headWidth } = shape
  const out = p.temp('spatial attention', [q.rows, heads * headWidth])
  const sizes = { tokens, heads }
  const grid: [number, number, number] = [
    ceilDiv(tokens, 16),
    heads * ceilDiv(headWidth, CHUNK_CHANNELS),
    q.rows / tokens,
  ]
  p.dispatch(spatialAttentionKernel, sizes, [q, k, v, out], grid, { head_width: headWidth })
  return out
}
