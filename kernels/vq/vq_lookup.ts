// The nearest code: by cosine, or by Euclidean distance in one of N codebooks.

import type { Kernel } from '../../src/gpu/kernel.ts'
import type { Program } from '../../src/gpu/program.ts'
import type { Tensor } from '../../src/gpu/tensor.ts'
import argmax from '../common/argmax.wgsl?raw'
import { rowGrid } from '../common/dispatch_grid.ts'
import wgsl from './vq_lookup.wgsl?raw'

const kernel: Kernel = { name: 'vq_lookup', sources: [argmax, wgsl], bindings: ['read', 'read', 'update'] }

/** Which of N codebooks. */
export interface CodebookIndex {
  index: number // 0 … N-1
  count: number // N
}

/**
 * z [rows, C], table f32 [K, C] of unit rows → writes codes i32 [rows], ties to the lowest code. With `codebook`, table [N·K, C] of any
 * rows → writes codes[·, index] of i32 [rows, N], the nearest of that codebook's rows by distance.
 */
export function vqLookup(p: Program, z: Tensor, table: Tensor, codes: Tensor, codebook?: CodebookIndex): void {
  const { index, count } = codebook ?? { index: 0, count: 1 }
  const params = {
    rows: z.rows,
    codes: table.rows / count,
    code_width: table.width,
    codebook_index: index,
    codebooks: count,
    by_distance: !!codebook,
  }
  p.dispatch(kernel, params, [z, table, codes], rowGrid(z.rows))
}
