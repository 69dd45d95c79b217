// Token embeddings: a table row, plus the position, plus the action that led to the frame.

import type { Kernel } from '../../src/gpu/kernel.ts'
import type { Program } from '../../src/gpu/program.ts'
import type { Operation } from '../../src/gpu/tape.ts'
import type { Tensor } from '../../src/gpu/tensor.ts'
import { ceilDiv, columnRowGrid } from '../common/dispatch_grid.ts'
import wgsl from './embedding.wgsl?raw'

const kernel: Kernel = {
  name: 'embedding',
  sources: [wgsl],
  bindings: ['read', 'read', 'read', 'read', 'read', 'write'],
}

export const embeddingOperation: Operation<{
  tokens: Tensor
  table: Tensor
  position: Tensor
  action?: { actions: Tensor; frameInfo: Tensor }
  codebooks: number
  x: Tensor
}> = { name: 'embedding' }

/**
 * tokens i32 [blocks · S], table [K (+1 for the mask), D], position [S, D] → [blocks · S, D].
 * With `actions` [A, D], block b gets row frameInfo[2 + b] of them (-1: none). Two guidance passes share one block of tokens, and the
 * second gets no action. With N codebooks, tokens are i32 [blocks · S, N] and the table [N·K (+1), D]: a position is the sum of its codes'
 * rows, or the mask where its tokens are K.
 */
export function embedding(
  p: Program,
  tokens: Tensor,
  table: Tensor,
  position: Tensor,
  action?: { actions: Tensor; frameInfo: Tensor; guidancePasses: number },
  codebooks = 1,
): Tensor {
  const guidancePasses = action?.guidancePasses ?? 1
  const rows = (tokens.length / codebooks) * guidancePasses
  const x = p.temp('embedding', [rows, table.width])
  const params = {
    rows,
    tokens: position.rows,
    width: table.width,
    has_action: !!action,
    guidance_passes: guidancePasses,
    codes: Math.floor(table.rows / codebooks),
    codebooks,
  }
  const tensors = [
    tokens,
    table,
    position,
    action?.actions ?? p.gpu.placeholder,
    action?.frameInfo ?? p.gpu.placeholder,
    x,
  ]
  p.dispatch(kernel, params, tensors, columnRowGrid(ceilDiv(table.width, 64), rows))
  p.tape?.record(embeddingOperation, { tokens, table, position, action, codebooks, x })
  return x
}
