// The backward pass of split_heads: from queries, keys and values by head to qkv and the QK-norm weights.

import type { Kernel } from '../../src/gpu/kernel.ts'
import type { BackwardOf } from '../../src/gpu/tape.ts'
import { ceilDiv, columnRowGrid, elementGrid } from '../common/dispatch_grid.ts'
import qkNorm from '../common/qk_norm.wgsl?raw'
import { reduceRows } from '../rows/reduce_rows.ts'
import type { splitHeadsOperation } from './split_heads.ts'
import wgsl from './split_heads_backward.wgsl?raw'
import common from './split_heads_backward_common.wgsl?raw'
import vec4 from './split_heads_backward_vec4.wgsl?raw'

const bindings = ['read', 'read', 'read', 'read', 'read', 'read', 'write', 'write'] as const
const anyKernel: Kernel = { name: 'split_heads_backward', sources: [qkNorm, common, wgsl], bindings }
const vec4Kernel: Kernel = { name: 'split_heads_backward_vec4', sources: [qkNorm, common, vec4], bindings }

export const splitHeadsBackward: BackwardOf<typeof splitHeadsOperation> = (p, tape, { qkv, shape, q, k, v }) => {
  const [dq, dk, dv] = [q, k, v].map(t => tape.gradient(t))
  if (!dq || !dk || !dv) return
  const { heads, headWidth, norm } = shape
  const dqkv = p.temp('qkv gradient', qkv.shape)
  const dNorm = p.temp('QK-norm gradients', norm ? [qkv.rows * heads, 2, headWidth] : [1])
  const params = { rows: qkv.rows, heads, head_width: headWidth, qk_norm: !!norm }
  const tensors = [qkv, norm?.q ?? p.gpu.placeholder, norm?.k ?? p.gpu.placeholder, dq, dk, dv, dqkv, dNorm]
  if (headWidth % 4 === 0) p.dispatch(vec4Kernel, params, tensors, elementGrid(qkv.rows * heads))
  else p.dispatch(anyKernel, params, tensors, columnRowGrid(ceilDiv(3 * heads, 16), ceilDiv(qkv.rows, 4)))
  tape.setGradient(qkv, dqkv)
  if (!norm) return
  tape.setGradient(norm.q, reduceRows(p, dNorm, { period: 2, first: 0, count: 1 }))
  tape.setGradient(norm.k, reduceRows(p, dNorm, { period: 2, first: 1, count: 1 }))
}
