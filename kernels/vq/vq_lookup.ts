// The nearest code by cosine.

import type { Kernel } from '../../src/gpu/kernel.ts'
import type { Program } from '../../src/gpu/program.ts'
import type { Tensor } from '../../src/gpu/tensor.ts'
import argmax from '../common/argmax.wgsl?raw'
import { rowGrid } from '../common/dispatch_grid.ts'
import wgsl from './vq_lookup.wgsl?raw'

const kernel: Kernel = { name: 'vq_lookup', sources: [argmax, wgsl], bindings: ['read', 'read', 'write'] }

/** z [rows, C], codebook f32 [K, C] of unit rows → writes codes i32 [rows], ties to the lowest code. */
export function vqLookup(p: Program, z: Tensor, codebook: Tensor, codes: Tensor): void {
  const params = { rows: z.rows, codes: codebook.rows, code_width: codebook.width }
  p.dispatch(kernel, params, [z, codebook, codes], rowGrid(z.rows))
}
