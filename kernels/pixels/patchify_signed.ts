// Cuts frames of floats into patches whose values go by channel, row, column.

import type { Kernel } from '../../src/gpu/kernel.ts'
import type { Program } from '../../src/gpu/program.ts'
import type { Tensor } from '../../src/gpu/tensor.ts'
import { ceilDiv, columnRowGrid } from '../common/dispatch_grid.ts'
import geometry from '../common/patch_geometry.wgsl?raw'
import wgsl from './patchify_signed.wgsl?raw'

const kernel: Kernel = { name: 'patchify_signed', sources: [geometry, wgsl], bindings: ['read', 'write'] }

/** frames f32 [F, height, width, 3], patch p → [F · S, 3p²], S = ⌈height/p⌉·⌈width/p⌉ patches row by row. */
export function patchifySigned(p: Program, frames: Tensor, patch: number): Tensor {
  const [count, height, width] = frames.shape as [number, number, number]
  const rows = count * ceilDiv(height, patch) * ceilDiv(width, patch)
  const values = 3 * patch * patch
  const patches = p.temp('patches', [rows, values])
  const params = { height, width, patch_size: patch, rows }
  p.dispatch(kernel, params, [frames, patches], columnRowGrid(ceilDiv(values, 64), rows))
  return patches
}
