// Cuts frames into patches.

import type { Kernel, Params } from '../../src/gpu/kernel.ts'
import type { Program } from '../../src/gpu/program.ts'
import type { Tensor } from '../../src/gpu/tensor.ts'
import { ceilDiv, columnRowGrid } from '../common/dispatch_grid.ts'
import geometry from '../common/patch_geometry.wgsl?raw'
import wgsl from './patchify.wgsl?raw'

const kernel: Kernel = { name: 'patchify', sources: [geometry, wgsl], bindings: ['read', 'write'] }

/**
 * frames u32 [F, height, width] RGBA8, patch p → [F · S, 3p²] in 0 … 1, S = ⌈height/p⌉·⌈width/p⌉ patches row by row. Padding is 0, or
 * repeats the edge pixel.
 */
export const patchify = (p: Program, frames: Tensor, patch: number, zeroPadding = false): Tensor =>
  cutPatches(p, kernel, frames, patch, { zero_padding: zeroPadding })

/** Frames [F, height, width, …] → [F · S, 3p²], by a kernel with the grid of patchify.wgsl, its first Params, and `more`. */
export function cutPatches(p: Program, kernel: Kernel, frames: Tensor, patch: number, more: Params = {}): Tensor {
  const [count, height, width] = frames.shape as [number, number, number]
  const rows = count * ceilDiv(height, patch) * ceilDiv(width, patch)
  const values = 3 * patch * patch
  const patches = p.temp('patches', [rows, values])
  const params = { height, width, patch_size: patch, rows, ...more }
  p.dispatch(kernel, params, [frames, patches], columnRowGrid(ceilDiv(values, 64), rows))
  return patches
}
