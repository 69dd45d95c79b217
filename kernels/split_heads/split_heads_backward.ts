// The way back through split_heads: from queries, keys and values by head to qkv and the QK-norm's weights.

import type { Kernel } from '../../src/gpu/kernel.ts'
import type { BackwardOf } from '../../src/gpu/tape.ts'
import { ceilDiv, elementGroups, gridOf } from '../common/dispatch_grid.ts'
import type { splitHeadsOperation } from './split_heads.ts'
import wgsl from './split_heads_backward.wgsl?raw'
import wholeWgsl from './split_heads_backward_vec4.wgsl?raw'
import { sumRows } from '../rows/reduce_rows.ts'

const bindings = ['read', 'read', 'read', 'read', 'read', 'read', 'write', 'write'] as const
const anyKernel: Kernel = { name: 'split_heads_backward', wgsl, bindings }
const wholeKernel: Kernel = { name: 'split_heads_backward_whole', wgsl: wholeWgsl, bindings }

export const splitHeadsBackward: BackwardOf<typeof splitHeadsOperation> = (p, tape, { qkv, shape, q, k, v }) => {
  const [dq, dk, dv] = [q, k, v].map(t => tape.gradient(t))
  if (!dq || !dk || !dv) return
  const { heads, headWidth, norm } = shape
  const dqkv = p.temp('qkv gradient', qkv.shape)
  const products = p.temp('QK-norm products', norm ? [qkv.rows * heads, 2, headWidth] : [1])
  const sizes = { rows: qkv.rows, heads, head_width: headWidth, qk_norm: !!norm }
  const tensors = [qkv, norm?.q ?? p.gpu.none, norm?.k ?? p.gpu.none, dq, dk, dv, dqkv, products]
  if (headWidth % 4 === 0) p.dispatch(wholeKernel, sizes, tensors, elementGroups(qkv.rows * heads))
  else p.dispatch(anyKernel, sizes, tensors, gridOf(ceilDiv(3 * heads, 16), ceilDiv(qkv.rows, 4)))
  tape.put(qkv, dqkv)
  if (!norm) return
  tape.put(norm.q, sumRows(p, products, { period: 2, first: 0, count: 1 }))
  tape.put(norm.k, sumRows(p, products, { period: 2, first: 1, count: 1 }))
}
