// Attention among the tokens of each frame. No score is stored: memory grows with S · D.

import type { Gpu } from '../../src/gpu/gpu.ts'
import type { Kernel } from '../../src/gpu/kernel.ts'
import type { Program } from '../../src/gpu/program.ts'
import type { Operation } from '../../src/gpu/tape.ts'
import type { Tensor } from '../../src/gpu/tensor.ts'
import qkNorm from '../common/qk_norm.wgsl?raw'
import type { SplitHeads } from '../split_heads/split_heads.ts'
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

const bindings = ['read', 'read', 'read', 'write', 'write', 'read', 'read'] as const
const shared = [attentionCommonWgsl, qkNorm, common]
/** `online` takes four keys at a time, `quad` sixteen, which four threads share. */
export const SPATIAL_ATTENTION_VARIANTS = {
  online: { name: 'spatial_attention', sources: [...shared, online], bindings },
  quad: { name: 'spatial_attention_quad', sources: [...shared, quadCommon, quad], bindings, requires: 'subgroups' },
} as const satisfies Record<string, Kernel>
export type SpatialAttentionVariantName = keyof typeof SPATIAL_ATTENTION_VARIANTS

export const spatialAttentionOperation: Operation<AttentionSaved> = { name: 'spatial_attention' }

/** q, k, v [slices · S, heads · padded d] → [slices · S, heads · d]. */
export function spatialAttention(p: Program, q: Tensor, k: Tensor, v: Tensor, shape: AttentionShape): Tensor {
  const row = { row_width: q.width / 4, first_key: 0, first_value: 0 }
  const [out, logSumExp] = record(p, [q, k, v], shape, row)
  p.tape?.record(spatialAttentionOperation, { q, k, v, out, logSumExp, shape })
  return out
}

/**
 * qkv [slices · S, 3D], heads as a linear layer wrote them, → [slices · S, D]. It needs no split_heads and has no backward pass; d must be a
 * multiple of 4.
 */
export function spatialAttentionOfQkv(p: Program, qkv: Tensor, { norm, ...shape }: SplitHeads): Tensor {
  const width = (shape.heads * shape.headWidth) / 4
  const row = { row_width: 3 * width, first_key: width, first_value: 2 * width }
  return record(p, [qkv, qkv, qkv], shape, row, norm)[0]
}

function record(
  p: Program,
  operands: [Tensor, Tensor, Tensor],
  { positions, heads, headWidth }: AttentionShape,
  row: { row_width: number; first_key: number; first_value: number },
  norm?: SplitHeads['norm'],
): [out: Tensor, logSumExp: Tensor] {
  const { rows } = operands[0]
  const out = p.temp('spatial attention', [rows, heads * headWidth])
  const logSumExp = logSumExpTensor(p, rows, heads)
  const params = { positions, heads, ...row, width4: Math.ceil(headWidth / 4), qk_norm: !!norm, save_lse: !!p.tape }
  const grid = attentionGrid({ positions, heads, headWidth }, rows / positions, 16)
  const kernel = withHeadStore(SPATIAL_ATTENTION_VARIANTS[spatialAttentionVariant(p.gpu)], headWidth)
  const tensors = [...operands, out, logSumExp, norm?.q ?? p.gpu.placeholder, norm?.k ?? p.gpu.placeholder]
  p.dispatch(kernel, params, tensors, grid, { head_width: headWidth })
  return [out, logSumExp]
}

/** The tuned variant, else `quad` on a software adapter with subgroups, else `online`. Forward and backward use the same one. */
export function spatialAttentionVariant(gpu: Gpu): SpatialAttentionVariantName {
  const chosen = gpu.variants.get('spatial_attention') as SpatialAttentionVariantName | undefined
  return chosen ?? (gpu.isSoftwareAdapter && gpu.supports('subgroups') ? 'quad' : 'online')
}
