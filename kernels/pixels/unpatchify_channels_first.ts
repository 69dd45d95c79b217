// Assembles patches whose values go by channel, row, column into frames of floats.

import type { Kernel } from '../../src/gpu/kernel.ts'
import type { Program } from '../../src/gpu/program.ts'
import type { Tensor } from '../../src/gpu/tensor.ts'
import { ceilDiv, columnRowGrid } from '../common/dispatch_grid.ts'
import geometry from '../common/patch_geometry.wgsl?raw'
import wgsl from './unpatchify_channels_first.wgsl?raw'

const kernel: Kernel = { name: 'unpatchify_channels_first', sources: [geometry, wgsl], bindings: ['read', 'write'] }

/** patches [F · S, 3p²] → all of `to`, f32 [F, height, width, 3], unclamped; or their tanh. */
export function unpatchifyChannelsFirst(p: Program, patches: Tensor, patch: number, to: Tensor, tanh = false): void {
  const [count, height, width] = to.shape as [number, number, number, number]
  const params = { height, width, patch_size: patch, frames: count, tanh }
  p.dispatch(kernel, params, [patches, to], columnRowGrid(ceilDiv(3 * width, 64), count * height))
}
