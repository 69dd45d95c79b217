// The way back through attention, spatial and temporal: a pass that pads, one over queries, one over keys and values. No score
// is stored but, for the bias by age, one sum a query, head and age.

import type { Kernel } from '../../src/gpu/kernel.ts'
import type { Backward } from '../../src/gpu/tape.ts'
import { ceilDiv, columnRowGrid } from '../common/dispatch_grid.ts'
import { reduceRows } from '../rows/reduce_rows.ts'
import common from './attention_backward_common.wgsl?raw'
import keyWgsl from './attention_backward_dkv.wgsl?raw'
import keyQuadWgsl from './attention_backward_dkv_quad.wgsl?raw'
import queryWgsl from './attention_backward_dq.wgsl?raw'
import queryQuadWgsl from './attention_backward_dq_quad.wgsl?raw'
import deltaWgsl from './attention_delta.wgsl?raw'
import quadCommon from './attention_quad_common.wgsl?raw'
import { type AttentionSaved, CHUNK_CHANNELS, spatialAttentionVariant } from './spatial_attention.ts'

export const attentionDeltaKernel: Kernel = {
  name: 'attention_delta',
  sources: [deltaWgsl],
  bindings: ['read', 'read', 'read', 'write', 'write'],
}
const bindings = ['read', 'read', 'read', 'read', 'read', 'read', 'write', 'write'] as const
export const attentionBackwardDqKernel: Kernel = {
  name: 'attention_backward_dq',
  sources: [common, queryWgsl],
  bindings,
}
export const attentionBackwardDkvKernel: Kernel = {
  name: 'attention_backward_dkv',
  sources: [common, keyWgsl],
  bindings,
}

/** Of spatial attention alone. */
export const attentionBackwardDqQuadKernel: Kernel = {
  name: 'attention_backward_dq_quad',
  sources: [quadCommon, common, queryQuadWgsl],
  bindings,
  requires: 'subgroups',
}
export const attentionBackwardDkvQuadKernel: Kernel = {
  name: 'attention_backward_dkv_quad',
  sources: [quadCommon, common, keyQuadWgsl],
  bindings,
  requires: 'subgroups',
}

export const attentionBackward: Backward<AttentionSaved> = (
  p,
  tape,
  { q, k, v, out, logSumExp: logSums, shape, temporal: past },
) => {
  const dout = tape.gradient(out)
  if (!dout) return
  const { tokens, heads, headWidth } = shape
  const rows = q.rows
  const padded = p.temp('attention gradient', q.shape)
  const statistics = p.temp('attention statistics', [rows, heads, 2])
  p.dispatch(
    attentionDeltaKernel,
    { rows, heads, head_width: headWidth },
    [out, dout, logSums, padded, statistics],
    columnRowGrid(ceilDiv(heads, 8), ceilDiv(rows, 8)),
  )
  const blocks = rows / tokens
  const { bias, clip, full } = past ?? { bias: p.gpu.placeholder, clip: blocks, full: true }
  const window = past ? bias.width : 1
  const sizes = { blocks, tokens, heads, window, clip, full, has_bias: !!past }
  const operands = [q, k, v, padded, bias, statistics]
  const grid: [number, number, number] = [ceilDiv(tokens, 16), heads * ceilDiv(headWidth, CHUNK_CHANNELS), blocks]
  const constants = { head_width: headWidth }
  // Keys and values may lie in a ring with room for more: of it, only this pass's frames have gradients.
  const [dq, dk, dv] = ['query', 'key', 'value'].map(name => p.temp(`${name} gradient`, q.shape)) as [
    typeof q,
    typeof q,
    typeof q,
  ]
  const dscores = p.temp('score gradients by age', past ? [rows, heads * window] : [1])
  const [queryKernel, keyKernel] =
    !past && spatialAttentionVariant(p.gpu) === 'quad'
      ? [attentionBackwardDqQuadKernel, attentionBackwardDkvQuadKernel]
      : [attentionBackwardDqKernel, attentionBackwardDkvKernel]
  p.dispatch(queryKernel, sizes, [...operands, dq, dscores], grid, constants)
  p.dispatch(keyKernel, sizes, [...operands, dk, dv], grid, constants)
  tape.setGradient(q, dq)
  tape.setGradient(k, dk)
  tape.setGradient(v, dv)
  if (past) tape.setGradient(bias, reduceRows(p, dscores, { period: 1 }))
}
