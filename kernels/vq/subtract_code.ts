// The residual of a vector after one codebook's code is subtracted.

import type { Kernel } from '../../src/gpu/kernel.ts'
import type { Program } from '../../src/gpu/program.ts'
import type { Operation } from '../../src/gpu/tape.ts'
import type { Tensor } from '../../src/gpu/tensor.ts'
import { ceilDiv, columnRowGrid } from '../common/dispatch_grid.ts'
import wgsl from './subtract_code.wgsl?raw'
import type { CodebookIndex } from './vq_lookup.ts'

const kernel: Kernel = { name: 'subtract_code', sources: [wgsl], bindings: ['read', 'read', 'read', 'write'] }
export const subtractCodeOperation: Operation<{
  x: Tensor
  table: Tensor
  codes: Tensor
  codebook: CodebookIndex
  y: Tensor
}> = { name: 'subtract_code' }

/**
 * x [rows, D] less the row of `table` [N·K (+1), D] of each row's code of codebook `index`, codes i32 [rows, N] → [rows, D]. x may have twice
 * as many rows as codes: two guidance passes.
 */
export function subtractCode(p: Program, x: Tensor, table: Tensor, codes: Tensor, codebook: CodebookIndex): Tensor {
  const { index, count } = codebook
  const y = p.temp(`${x.label} left`, x.shape)
  const params = {
    rows: x.rows,
    code_rows: codes.length / count,
    width: x.width,
    codes: Math.floor(table.rows / count),
    codebook_index: index,
    codebooks: count,
  }
  p.dispatch(kernel, params, [x, table, codes, y], columnRowGrid(ceilDiv(x.width, 64), x.rows))
  p.tape?.record(subtractCodeOperation, { x, table, codes, codebook, y })
  return y
}
