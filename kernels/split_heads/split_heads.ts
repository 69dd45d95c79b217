// Queries, keys and values by head, with QK-norm where the model has it; keys and values into the ring of past frames.

import type { Kernel } from '../../src/gpu/kernel.ts'
import type { Program } from '../../src/gpu/program.ts'
import type { Operation } from '../../src/gpu/tape.ts'
import type { Tensor } from '../../src/gpu/tensor.ts'
import { ceilDiv, elementGroups, gridOf } from '../common/dispatch_grid.ts'
import wgsl from './split_heads.wgsl?raw'
import ring from './split_heads_common.wgsl?raw'
import whole from './split_heads_vec4.wgsl?raw'

const bindings = ['read', 'read', 'read', 'read', 'write', 'update', 'update'] as const
const anyKernel: Kernel = { name: 'split_heads', wgsl: ring + wgsl, bindings }
const wholeKernel: Kernel = { name: 'split_heads_whole', wgsl: ring + whole, bindings }

/** Channels of a head as they are stored: d rounded up to whole vec4. */
export const paddedHead = (headWidth: number): number => 4 * ceilDiv(headWidth, 4)

/** Keys and values of one layer's past frames, frame t at slot t mod slots; [slots (+1 for a second branch), S, heads · padded d]. */
export interface Ring {
  keys: Tensor
  values: Tensor
  slots: number
}

export interface SplitHeads {
  tokens: number // S
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
}> = { name: 'split heads' }

/** qkv [blocks · S, 3D] → q, k, v [blocks, S, heads, padded d], each block for itself. */
export function splitHeads(p: Program, qkv: Tensor, shape: SplitHeads): { q: Tensor; k: Tensor; v: Tensor } {
  const stored = [qkv.rows, shape.heads * paddedHead(shape.headWidth)]
  const q = p.temp('queries', stored)
  const k = p.temp('keys', stored)
  const v = p.temp('values', stored)
  record(p, qkv, shape, p.gpu.none, [q, k, v], { ring: false, slots: 1, branches: 1 })
  return { q, k, v }
}

/**
 * qkv [blocks · S, 3D] → q; k and v go to their frames' slots of the ring. clock[0] is the frame of block 0.
 * With `branches` 2 there are two blocks, both of that frame, and the second's slot is the last of the ring's tensors.
 */
export function splitHeadsToRing(
  p: Program,
  qkv: Tensor,
  shape: SplitHeads,
  ring: Ring,
  clock: Tensor,
  branches: number,
): Tensor {
  const q = p.temp('queries', [qkv.rows, shape.heads * paddedHead(shape.headWidth)])
  record(p, qkv, shape, clock, [q, ring.keys, ring.values], { ring: true, slots: ring.slots, branches })
  return q
}

function record(
  p: Program,
  qkv: Tensor,
  { tokens, heads, headWidth, norm }: SplitHeads,
  clock: Tensor,
  outputs: [Tensor, Tensor, Tensor],
  where: { ring: boolean; slots: number; branches: number },
): void {
  const sizes = { rows: qkv.rows, tokens, heads, head_width: headWidth, qk_norm: !!norm, ...where }
  const tensors = [qkv, norm?.q ?? p.gpu.none, norm?.k ?? p.gpu.none, clock, ...outputs]
  if (headWidth % 4 === 0) p.dispatch(wholeKernel, sizes, tensors, elementGroups(qkv.rows * heads))
  else p.dispatch(anyKernel, sizes, tensors, gridOf(ceilDiv(3 * heads, 16), ceilDiv(qkv.rows, 4)))
  const [q, k, v] = outputs
  p.tape?.note(splitHeadsOperation, { qkv, shape: { tokens, heads, headWidth, norm }, q, k, v })
}
