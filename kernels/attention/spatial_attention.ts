// Attention among the tokens of each frame. No score is stored: memory grows with S · D.

import type { Gpu } from '../../src/gpu/gpu.ts'
import type { Kernel } from '../../src/gpu/kernel.ts'
import type { Program } from '../../src/gpu/program.ts'
import type { Operation } from '../../src/gpu/tape.ts'
import type { Tensor } from '../../src/gpu/tensor.ts'
import {
  type AttentionSaved,
  type AttentionShape,
  attentionCommonWgsl,
  attentionGrid,
  logSumExpTensor,
  withHeadStore,
} from './attention_common.ts'
import quadCommon from './attention_quad_common.wgsl?raw'
import online from './spatial_attention.wgsl?raw'
import common from './spatial_attention_common.wgsl?raw'
import quad from './spatial_attention_quad.wgsl?raw'

const bindings = ['read', 'read', 'read', 'write', 'write'] as const
const shared = [attentionCommonWgsl, common]
/** `online` takes four keys at a time, `quad` sixteen, which four threads share. */
export const SPATIAL_ATTENTION_VARIANTS = {
  online: { name: 'spatial_attention', sources: [...shared, online], bindings },
  quad: { name: 'spatial_attention_quad', sources: [...shared, quadCommon, quad], bindings, requires: 'subgroups' },
} as const satisfies Record<string, Kernel>
export type SpatialAttentionVariantName = keyof typeof SPATIAL_ATTENTION_VARIANTS

export const spatialAttentionOperation: Operation<AttentionSaved> = { name: 'spatial_attention' }

/** q, k, v [blocks · S, heads · padded d] → [blocks · S, heads · d]. */
export function spatialAttention(p: Program, q: Tensor, k: Tensor, v: Tensor, shape: AttentionShape): Tensor {
  const { tokens, heads, headWidth } = shape
  const out = p.temp('spatial attention', [q.rows, heads * headWidth])
  const logSumExp = logSumExpTensor(p, q.rows, heads)
  const params = { tokens, heads, save_lse: !!p.tape }
  const grid = attentionGrid(shape, q.rows / tokens, 16)
  const kernel = withHeadStore(SPATIAL_ATTENTION_VARIANTS[spatialAttentionVariant(p.gpu)], headWidth)
  p.dispatch(kernel, params, [q, k, v, out, logSumExp], grid, { head_width: headWidth })
  p.tape?.record(spatialAttentionOperation, { q, k, v, out, logSumExp, shape })
  return out
}

/** The tuned variant, else `quad` on a software adapter with subgroups, else `online`. Forward and backward use the same one. */
export function spatialAttentionVariant(gpu: Gpu): SpatialAttentionVariantName {
  const chosen = gpu.variants.get('spatial_attention') as SpatialAttentionVariantName | undefined
  return chosen ?? (gpu.isSoftwareAdapter && gpu.supports('subgroups') ? 'quad' : 'online')
}
