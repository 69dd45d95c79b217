// Pixels on the scale -1 … 1 to those that are shown, in 0 … 1.

import type { Kernel } from '../../src/gpu/kernel.ts'
import type { Program } from '../../src/gpu/program.ts'
import type { Tensor } from '../../src/gpu/tensor.ts'
import { elementGrid } from '../common/dispatch_grid.ts'
import wgsl from './shown_pixels.wgsl?raw'

const kernel: Kernel = { name: 'shown_pixels', sources: [wgsl], bindings: ['read', 'write'] }

/** frames f32 [F, height, width, 3] on the scale -1 … 1, unclamped → all of `pixels`, f32 of the same shape, in 0 … 1. */
export function shownPixels(p: Program, frames: Tensor, pixels: Tensor): void {
  p.dispatch(kernel, { length: pixels.length }, [frames, pixels], elementGrid(pixels.length))
}
