// Tokens to vectors: table row, position, and the action that led to the frame.

import type { Kernel } from '../../src/gpu/kernel.ts'
import type { Program } from '../../src/gpu/program.ts'
import type { Operation } from '../../src/gpu/tape.ts'
import type { Tensor } from '../../src/gpu/tensor.ts'
import wgsl from './embedding.wgsl?raw'
import { ceilDiv, gridOf } from '../common/dispatch_grid.ts'

export const embedKernel: Kernel = { name: 'embed', wgsl, bindings: ['read', 'read', 'read', 'read', 'read', 'write'] }

export const embedOperation: Operation<{
  tokens: Tensor
  table: Tensor
  position: Tensor
  action?: { actions: Tensor; clock: Tensor }
  x: Tensor
}> = { name: 'embed' }

/**
 * tokens i32 [blocks · S], table [K (+1 for the mask), D], position [S, D] → [blocks · S, D].
 * With `actions` [A, D], block b gets the row that clock[2 + b] names (-1: none); two branches share one block of tokens and the second gets none.
 */
export function embed(
  p: Program,
  tokens: Tensor,
  table: Tensor,
  position: Tensor,
  action?: { actions: Tensor; clock: Tensor; branches: number },
): Tensor {
  const branches = action?.branches ?? 1
  const rows = tokens.length * branches
  const x = p.temp('embedding', [rows, table.width])
  const sizes = { rows, tokens: position.rows, width: table.width, has_action: !!action, branches }
  const tensors = [tokens, table, position, action?.actions ?? p.gpu.none, action?.clock ?? p.gpu.none, x]
  p.dispatch(embedKernel, sizes, tensors, gridOf(ceilDiv(table.width, 64), rows))
  p.tape?.note(embedOperation, { tokens, table, position, action, x })
  return x
}
