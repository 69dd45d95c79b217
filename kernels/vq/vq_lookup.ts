// The nearest code: by cosine, or by Euclidean distance in one of N codebooks.

import type { Kernel } from '../../src/gpu/kernel.ts'
import type { Program } from '../../src/gpu/program.ts'
import type { Tensor } from '../../src/gpu/tensor.ts'
import argmax from '../common/argmax.wgsl?raw'
import { rowGrid } from '../common/dispatch_grid.ts'
import wgsl from './vq_lookup.wgsl?raw'

const kernel: Kernel = { name: 'vq_lookup', sources: [argmax, wgsl], bindings: ['read', 'read', 'update'] }

/** One of N codebooks, looked up by Euclidean distance. */
export interface OneCodebook {
  book: number // 0 … N-1
  codebooks: number // N
}

/**
 * z [rows, C], codebook f32 [K, C] of unit rows → writes codes i32 [rows], ties to the lowest code. With `one`, codebook [N·K, C] of any rows
 * → writes codes[·, book] of i32 [rows, N], the nearest of that codebook's rows by distance.
 */
export function vqLookup(p: Program, z: Tensor, codebook: Tensor, codes: Tensor, one?: OneCodebook): void {
  const { book, codebooks } = one ?? { book: 0, codebooks: 1 }
  const params = {
    rows: z.rows,
    codes: codebook.rows / codebooks,
    code_width: codebook.width,
    codebooks,
    book,
    by_distance: !!one,
  }
  p.dispatch(kernel, params, [z, codebook, codes], rowGrid(z.rows))
}
