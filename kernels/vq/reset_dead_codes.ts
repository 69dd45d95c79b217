// Codes that nobody chooses move to where latents are.

import type { Kernel } from '../../src/gpu/kernel.ts'
import type { Program } from '../../src/gpu/program.ts'
import type { Tensor } from '../../src/gpu/tensor.ts'
import { ceilDiv } from '../common/dispatch_grid.ts'
import wgsl from './reset_dead_codes.wgsl?raw'

export const resetDeadCodesKernel: Kernel = {
  name: 'reset_dead_codes',
  sources: [wgsl],
  bindings: ['read', 'read', 'read', 'read', 'update', 'update'],
}

/**
 * Changes codebook [K, C] and idle u32 [K], the steps since each code was chosen, by a batch's unit latents [rows, C], their codes
 * i32 [rows] and errors [rows]. settings u32 [2]: after how many idle steps a code moves (0: never), and a seed.
 */
export function resetDeadCodes(
  p: Program,
  { units, codes, errors }: { units: Tensor; codes: Tensor; errors: Tensor },
  { settings, idle, codebook }: { settings: Tensor; idle: Tensor; codebook: Tensor },
): void {
  const sizes = { rows: units.rows, width: units.width, codes: codebook.rows }
  p.dispatch(
    resetDeadCodesKernel,
    sizes,
    [units, codes, errors, settings, idle, codebook],
    [ceilDiv(codebook.rows, 64)],
  )
}
