// Token embeddings: a table row, plus the position, plus a row for the frame, such as the action that led to it.

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
  frame?: { frameTable: Tensor; frameInfo: Tensor }
  codebooks: number
  x: Tensor
}> = { name: 'embedding' }

/**
 * tokens i32 [slices · S], table [K (+1 for the mask), D], position [S, D] → [slices · S, D].
 * With `frameTable` [A, D], a row of it is added to every token of a frame (an action or a frame position): row frameInfo[2 + b] to slice b (-1:
 * none). Two guidance passes share one slice of tokens, and the second gets no row. With N codebooks, tokens are i32 [slices · S, N] and the table [N·K (+1), D]: a position is the sum of its codes'
 * rows, or the mask where its tokens are K.
 */
export function embedding(
  p: Program,
  tokens: Tensor,
  table: Tensor,
  position: Tensor,
  frame?: { frameTable: Tensor; frameInfo: Tensor; guidancePasses: number },
  codebooks = 1,
): Tensor {
  const guidancePasses = frame?.guidancePasses ?? 1
  const rows = (tokens.length / codebooks) * guidancePasses
  const x = p.temp('embedding', [rows, table.width])
  const params = {
    rows,
    positions: position.rows,
    width: table.width,
    has_frame_row: !!frame,
    guidance_passes: guidancePasses,
    codes: Math.floor(table.rows / codebooks),
    codebooks,
  }
  const tensors = [
    tokens,
    table,
    position,
    frame?.frameTable ?? p.gpu.placeholder,
    frame?.frameInfo ?? p.gpu.placeholder,
    x,
  ]
  p.dispatch(kernel, params, tensors, columnRowGrid(ceilDiv(table.width, 64), rows))
  p.tape?.record(embeddingOperation, { tokens, table, position, frame, codebooks, x })
  return x
}
