// Queries, keys and values by head, with QK-norm where the model has it; in a temporal layer keys and values go to the KV cache.

import type { Kernel } from '../../src/gpu/kernel.ts'
import type { Program } from '../../src/gpu/program.ts'
import type { Operation } from '../../src/gpu/tape.ts'
import type { Tensor } from '../../src/gpu/tensor.ts'
import cacheSlot from '../common/cache_slot.wgsl?raw'
import { ceilDiv, columnRowGrid, elementGrid } from '../common/dispatch_grid.ts'
import qkNorm from '../common/qk_norm.wgsl?raw'
import wgsl from './split_heads.wgsl?raw'
import common from './split_heads_common.wgsl?raw'
import vec4 from './split_heads_vec4.wgsl?raw'

const bindings = ['read', 'read', 'read', 'read', 'write', 'update', 'update'] as const
const shared = [qkNorm, cacheSlot, common]
const anyKernel: Kernel = { name: 'split_heads', sources: [...shared, wgsl], bindings }
const vec4Kernel: Kernel = { name: 'split_heads_vec4', sources: [...shared, vec4], bindings }

/** Channels of a head as they are stored: d rounded up to a multiple of 4. */
export const paddedHeadWidth = (headWidth: number): number => 4 * ceilDiv(headWidth, 4)

/** A layer's KV cache, a ring buffer: frame t is at slot t mod slots. [slots (+1 for a second guidance pass), S, heads · padded d] each. */
export interface LayerKvCache {
  keys: Tensor
  values: Tensor
  slots: number
}

export interface SplitHeads {
  positions: number // S
  heads: number
  headWidth: number // d
  /** QK-norm weights, f32 [d]. */
  norm?: { q: Tensor; k: Tensor }
}

export const splitHeadsOperation: Operation<{
  qkv: Tensor
  shape: SplitHeads
  q: Tensor
  k: Tensor
  v: Tensor
}> = { name: 'split_heads' }

/** qkv [slices · S, 3D] → q, k, v [slices, S, heads, padded d]. */
export function splitHeads(p: Program, qkv: Tensor, shape: SplitHeads): { q: Tensor; k: Tensor; v: Tensor } {
  const stored = [qkv.rows, shape.heads * paddedHeadWidth(shape.headWidth)]
  const q = p.temp('queries', stored)
  const k = p.temp('keys', stored)
  const v = p.temp('values', stored)
  record(p, qkv, shape, p.gpu.placeholder, [q, k, v], { to_cache: false, slots: 1, guidance_passes: 1 })
  return { q, k, v }
}

/**
 * qkv [slices · S, 3D] → q; k and v go to their frames' slots of the cache. frameInfo[0] is the frame of slice 0.
 * With 2 `guidancePasses` there are two slices, both of that frame, and the second goes to the slot past the ring.
 */
export function splitHeadsIntoCache(
  p: Program,
  qkv: Tensor,
  shape: SplitHeads,
  cache: LayerKvCache,
  frameInfo: Tensor,
  guidancePasses: number,
): Tensor {
  const q = p.temp('queries', [qkv.rows, shape.heads * paddedHeadWidth(shape.headWidth)])
  const { keys, values, slots } = cache
  const params = { to_cache: true, slots, guidance_passes: guidancePasses }
  record(p, qkv, shape, frameInfo, [q, keys, values], params)
  return q
}

function record(
  p: Program,
  qkv: Tensor,
  { positions, heads, headWidth, norm }: SplitHeads,
  frameInfo: Tensor,
  outputs: [Tensor, Tensor, Tensor],
  cache: { to_cache: boolean; slots: number; guidance_passes: number },
): void {
  const params = { rows: qkv.rows, positions, heads, head_width: headWidth, qk_norm: !!norm, ...cache }
  const tensors = [qkv, norm?.q ?? p.gpu.placeholder, norm?.k ?? p.gpu.placeholder, frameInfo, ...outputs]
  if (headWidth % 4 === 0) p.dispatch(vec4Kernel, params, tensors, elementGrid(qkv.rows * heads))
  else p.dispatch(anyKernel, params, tensors, columnRowGrid(ceilDiv(3 * heads, 16), ceilDiv(qkv.rows, 4)))
  const [q, k, v] = outputs
  p.tape?.record(splitHeadsOperation, { qkv, shape: { positions, heads, headWidth, norm }, q, k, v })
}
