// Assembles patches of logits into pixels.

import type { Kernel } from '../../src/gpu/kernel.ts'
import type { Program } from '../../src/gpu/program.ts'
import type { Tensor } from '../../src/gpu/tensor.ts'
import { ceilDiv, columnRowGrid } from '../common/dispatch_grid.ts'
import geometry from '../common/patch_geometry.wgsl?raw'
import wgsl from './unpatchify.wgsl?raw'

const kernel: Kernel = { name: 'unpatchify', sources: [geometry, wgsl], bindings: ['read', 'write'] }

/** patches [F · S, 3p²] → `pixels` f32 [F, height, width, 3] in 0 … 1: the sigmoid of logits, or other values clamped. Writes all of it. */
export function unpatchify(p: Program, patches: Tensor, patch: number, pixels: Tensor, areLogits = true): void {
  const [frames, height, width] = pixels.shape as [number, number, number, number]
  const params = { height, width, patch_size: patch, frames, are_logits: areLogits }
  p.dispatch(kernel, params, [patches, pixels], columnRowGrid(ceilDiv(3 * width, 64), frames * height))
}
