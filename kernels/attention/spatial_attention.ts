// Attention among the tokens of a frame; memory grows with S · D.

import type { Gpu } from '../../src/gpu/gpu.ts'
import type { Kernel } from '../../src/gpu/kernel.ts'
import type { Program } from '../../src/gpu/program.ts'
import type { Operation } from '../../src/gpu/tape.ts'
import type { Tensor } from '../../src/gpu/tensor.ts'
import { ceilDiv } from '../common/dispatch_grid.ts'
import quadCommon from './attention_quad_common.wgsl?raw'
import store from './attention_store.wgsl?raw'
import storeVec4 from './attention_store_vec4.wgsl?raw'
import wgsl from './spatial_attention.wgsl?raw'
import quad from './spatial_attention_quad.wgsl?raw'
import twoPass from './spatial_attention_two_pass.wgsl?raw'

const bindings = ['read', 'read', 'read', 'write', 'write'] as const
/** Version 1 computes scores twice; `online` keeps a running maximum and takes four keys at a time, `quad` sixteen that four lanes share. */
export const SPATIAL_ATTENTION_VARIANTS = {
  twoPass: { name: 'spatial_attention_two_pass', sources: [twoPass], bindings },
  online: { name: 'spatial_attention', sources: [wgsl], bindings },
  quad: { name: 'spatial_attention_quad', sources: [quadCommon, quad], bindings, requires: 'subgroups' },
} as const satisfies Record<string, Kernel>
export type SpatialAttentionVariantName = keyof typeof SPATIAL_ATTENTION_VARIANTS

/** An attention kernel with its way to leave heads of that width. */
export const withHeadStore = (kernel: Kernel, headWidth: number): Kernel => ({
  ...kernel,
  sources: [headWidth % 4 === 0 ? storeVec4 : store, ...kernel.sources],
})

/** How many channels of a head one thread keeps in registers, in both attention kernels. */
export const CHUNK_CHANNELS = 64

/** What both attentions note: operands by head, d padded to whole vec4, and the logarithm of each softmax's sum. */
export interface AttentionSaved {
  q: Tensor
  k: Tensor
  v: Tensor
  out: Tensor
  logSumExp: Tensor // f32 [rows, heads]
  shape: { tokens: number; heads: number; headWidth: number }
  /** Attention to the past: bias f32 [heads, W], `clip` frames a clip, and whether it is to all tokens of a frame. */
  temporal?: { bias: Tensor; clip: number; full: boolean }
}
export const spatialAttentionOperation: Operation<AttentionSaved> = { name: 'spatial attention' }

/** Where a forward pass keeps the logarithms of its softmax sums, when there is a backward pass to need them. */
export const logSumExpTensor = (p: Program, rows: number, heads: number): Tensor =>
  p.temp('log sums', p.tape ? [rows, heads] : [1], 'f32')

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
  const logSums = logSumExpTensor(p, q.rows, heads)
  const sizes = { tokens, heads, save: !!p.tape }
  const grid: [number, number, number] = [
    ceilDiv(tokens, 16),
    heads * ceilDiv(headWidth, CHUNK_CHANNELS),
    q.rows / tokens,
  ]
  const kernel = withHeadStore(SPATIAL_ATTENTION_VARIANTS[spatialAttentionVariant(p.gpu)], headWidth)
  p.dispatch(kernel, sizes, [q, k, v, out, logSums], grid, { head_width: headWidth })
  p.tape?.record(spatialAttentionOperation, { q, k, v, out, logSumExp: logSums, shape })
  return out
}

/** The one that `gpu.versions` names for `spatial_attention`, for the way back too; else quads where loads are what is paid for: on a software adapter. */
export function spatialAttentionVariant(gpu: Gpu): SpatialAttentionVariantName {
  const chosen = gpu.variants.get('spatial_attention') as SpatialAttentionVariantName | undefined
  return chosen ?? (gpu.isSoftwareAdapter && gpu.supports('subgroups') ? 'quad' : 'online')
}
