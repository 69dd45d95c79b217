// The way back through attention, spatial and temporal: a pass that pads, one over queries, one over keys and values. No score
// is stored but, for the bias by age, one sum a query, head and age.

import type { Kernel } from '../../src/gpu/kernel.ts'
import type { Backward } from '../../src/gpu/tape.ts'
import keyWgsl from './attention_backward_dkv.wgsl?raw'
import keyQuadWgsl from './attention_backward_dkv_quad.wgsl?raw'
import operands from './attention_backward_common.wgsl?raw'
import queryWgsl from './attention_backward_dq.wgsl?raw'
import queryQuadWgsl from './attention_backward_dq_quad.wgsl?raw'
import deltaWgsl from './attention_delta.wgsl?raw'
import quads from './attention_quad_common.wgsl?raw'
import { ceilDiv, gridOf } from '../common/dispatch_grid.ts'
import { type AttentionNote, CHUNK_CHANNELS, spatialAttentionVersion } from './spatial_attention.ts'
import { sumRows } from '../rows/reduce_rows.ts'

export const attentionDeltaKernel: Kernel = {
  name: 'attention_delta',
  wgsl: deltaWgsl,
  bindings: ['read', 'read', 'read', 'write', 'write'],
}
const bindings = ['read', 'read', 'read', 'read', 'read', 'read', 'write', 'write'] as const
export const attentionBackwardQueryKernel: Kernel = {
  name: 'attention_backward_query',
  wgsl: operands + queryWgsl,
  bindings,
}
export const attentionBackwardKeyKernel: Kernel = { name: 'attention_backward_key', wgsl: operands + keyWgsl, bindings }

/** Of spatial attention alone. */
export const attentionBackwardQueryQuadKernel: Kernel = {
  name: 'attention_backward_query_quad',
  wgsl: quads + operands + queryQuadWgsl,
  bindings,
  needs: 'subgroups',
}
export const attentionBackwardKeyQuadKernel: Kernel = {
  name: 'attention_backward_key_quad',
  wgsl: quads + operands + keyQuadWgsl,
  bindings,
  needs: 'subgroups',
}

export const attentionBackward: Backward<AttentionNote> = (p, tape, { q, k, v, out, logSums, shape, past }) => {
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
    gridOf(ceilDiv(heads, 8), ceilDiv(rows, 8)),
  )
  const blocks = rows / tokens
  const { bias, clip, full } = past ?? { bias: p.gpu.none, clip: blocks, full: true }
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
    !past && spatialAttentionVersion(p.gpu) === 'quad'
      ? [attentionBackwardQueryQuadKernel, attentionBackwardKeyQuadKernel]
      : [attentionBackwardQueryKernel, attentionBackwardKeyKernel]
  p.dispatch(queryKernel, sizes, [...operands, dq, dscores], grid, constants)
  p.dispatch(keyKernel, sizes, [...operands, dk, dv], grid, constants)
  tape.put(q, dq)
  tape.put(k, dk)
  tape.put(v, dv)
  if (past) tape.put(bias, sumRows(p, dscores, { period: 1 }))
}
