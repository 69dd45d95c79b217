// The backward pass of spatial and temporal attention, in three kernels: attention_backward_delta, then dq for the queries, then dkv for keys
// and values. Scores are recomputed. For the gradient of the relative position bias, one sum per query, head and age is stored.

import type { Kernel } from '../../src/gpu/kernel.ts'
import type { Backward } from '../../src/gpu/tape.ts'
import { ceilDiv, columnRowGrid } from '../common/dispatch_grid.ts'
import { reduceRows } from '../rows/reduce_rows.ts'
import common from './attention_backward_common.wgsl?raw'
import deltaWgsl from './attention_backward_delta.wgsl?raw'
import dkvWgsl from './attention_backward_dkv.wgsl?raw'
import dkvQuadWgsl from './attention_backward_dkv_quad.wgsl?raw'
import dqWgsl from './attention_backward_dq.wgsl?raw'
import dqQuadWgsl from './attention_backward_dq_quad.wgsl?raw'
import { type AttentionSaved, attentionCommonWgsl, attentionGrid } from './attention_common.ts'
import quadCommon from './attention_quad_common.wgsl?raw'
import { spatialAttentionVariant } from './spatial_attention.ts'

const deltaKernel: Kernel = {
  name: 'attention_backward_delta',
  sources: [deltaWgsl],
  bindings: ['read', 'read', 'read', 'write', 'write'],
}
const bindings = ['read', 'read', 'read', 'read', 'read', 'read', 'write', 'write'] as const
const sources = [attentionCommonWgsl, common]
const dqKernel: Kernel = { name: 'attention_backward_dq', sources: [...sources, dqWgsl], bindings }
const dkvKernel: Kernel = { name: 'attention_backward_dkv', sources: [...sources, dkvWgsl], bindings }

const quadSources = [attentionCommonWgsl, quadCommon, common]
const requires = 'subgroups'
/** The quad variants are for spatial attention alone. */
const dqQuadKernel: Kernel = {
  name: 'attention_backward_dq_quad',
  sources: [...quadSources, dqQuadWgsl],
  bindings,
  requires,
}
const dkvQuadKernel: Kernel = {
  name: 'attention_backward_dkv_quad',
  sources: [...quadSources, dkvQuadWgsl],
  bindings,
  requires,
}

export const attentionBackward: Backward<AttentionSaved> = (p, tape, { q, k, v, out, logSumExp, shape, temporal }) => {
  const dOut = tape.gradient(out)
  if (!dOut) return
  const { positions, heads, headWidth } = shape
  const rows = q.rows
  const padded = p.temp('padded output gradient', q.shape)
  const lseDelta = p.temp('log-sum-exp and delta', [rows, heads, 2])
  p.dispatch(
    deltaKernel,
    { rows, heads, head_width: headWidth },
    [out, dOut, logSumExp, padded, lseDelta],
    columnRowGrid(ceilDiv(heads, 8), ceilDiv(rows, 8)),
  )
  const slices = rows / positions
  const { bias, framesPerClip, allTokens, finishedFrames } = temporal ?? {
    bias: p.gpu.placeholder,
    framesPerClip: slices,
    allTokens: true,
    finishedFrames: 0,
  }
  const window = temporal ? bias.width : 1
  const params = {
    slices,
    positions,
    heads,
    window,
    frames_per_clip: framesPerClip,
    all_tokens: allTokens,
    has_bias: !!temporal,
    finished_frames: finishedFrames,
  }
  const inputs = [q, k, v, padded, bias, lseDelta]
  const grid = attentionGrid(shape, slices, 16)
  const constants = { head_width: headWidth }
  // Keys and values may lie in a ring with room for more frames: only those of this pass have gradients.
  const [dq, dk, dv] = ['query', 'key', 'value'].map(name => p.temp(`${name} gradient`, q.shape)) as [
    typeof q,
    typeof q,
    typeof q,
  ]
  const dScores = p.temp('score gradients by age', temporal ? [rows, heads * window] : [1])
  const isQuad = !temporal && spatialAttentionVariant(p.gpu) === 'quad'
  p.dispatch(isQuad ? dqQuadKernel : dqKernel, params, [...inputs, dq, dScores], grid, constants)
  p.dispatch(isQuad ? dkvQuadKernel : dkvKernel, params, [...inputs, dk, dv], grid, constants)
  tape.setGradient(q, dq)
  tape.setGradient(k, dk)
  tape.setGradient(v, dv)
  if (temporal) tape.setGradient(bias, reduceRows(p, dScores, { period: 1 }))
}
