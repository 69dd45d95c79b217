// Tokens to vectors: table row, position, and the action that led to the frame.

import type { Kernel } from '../../src/gpu/kernel.ts'
import type { Program } from '../../src/gpu/program.ts'
import type { Operation } from '../../src/gpu/tape.ts'
import type { Tensor } from '../../src/gpu/tensor.ts'
import { ceilDiv, columnRowGrid } from '../common/dispatch_grid.ts'
import wgsl from './embedding.wgsl?raw'

export const embeddingKernel: Kernel = {
  name: 'embedding',
  sources: [wgsl],
  bindings: ['read', 'read', 'read', 'read', 'read', 'write'],
}

export const embeddingOperation: Operation<{
  tokens: Tensor
  table: Tensor
  position: Tensor
  action?: { actions: Tensor; frameInfo: Tensor }
  x: Tensor
}> = { name: 'embedding' }

/**
 * tokens i32 [blocks · S], table [K (+1 for the mask), D], position [S, D] → [blocks · S, D].
 * With `actions` [A, D], block b gets the row that frameInfo[2 + b] names (-1: none); two branches share one block of tokens and the second gets none.
 */
export function embedding(
  p: Program,
  tokens: Tensor,
  table: Tensor,
  position: Tensor,
  action?: { actions: Tensor; frameInfo: Tensor; branches: number },
): Tensor {
  const branches = action?.branches ?? 1
  const rows = tokens.length * branches
  const x = p.temp('embedding', [rows, table.width])
  const sizes = { rows, tokens: position.rows, width: table.width, has_action: !!action, branches }
  const tensors = [
    tokens,
    table,
    position,
    action?.actions ?? p.gpu.placeholder,
    action?.frameInfo ?? p.gpu.placeholder,
    x,
  ]
  p.dispatch(embeddingKernel, sizes, tensors, columnRowGrid(ceilDiv(table.width, 64), rows))
  p.tape?.record(embeddingOperation, { tokens, table, position, action, x })
  return x
}
