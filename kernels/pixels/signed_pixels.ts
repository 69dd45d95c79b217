// Pixels of bytes to floats on the scale -1 … 1, and back for showing.

import type { Kernel } from '../../src/gpu/kernel.ts'
import type { Program } from '../../src/gpu/program.ts'
import type { Tensor } from '../../src/gpu/tensor.ts'
import { elementGrid } from '../common/dispatch_grid.ts'
import shownWgsl from './shown_pixels.wgsl?raw'
import signedWgsl from './signed_pixels.wgsl?raw'

const signedKernel: Kernel = { name: 'signed_pixels', sources: [signedWgsl], bindings: ['read', 'write'] }
const shownKernel: Kernel = { name: 'shown_pixels', sources: [shownWgsl], bindings: ['read', 'write'] }

/** pictures u32 [F, height, width] RGBA8 → f32 [F, height, width, 3] in -1 … 1. */
export function signedPixels(p: Program, pictures: Tensor): Tensor {
  const frames = p.temp('signed pixels', [...pictures.shape, 3], 'f32')
  p.dispatch(signedKernel, { length: frames.length }, [pictures, frames], elementGrid(frames.length))
  return frames
}

/** frames f32 [F, height, width, 3] on the scale -1 … 1, unclamped → all of `pixels`, f32 of the same shape, in 0 … 1. */
export function shownPixels(p: Program, frames: Tensor, pixels: Tensor): void {
  p.dispatch(shownKernel, { length: pixels.length }, [frames, pixels], elementGrid(pixels.length))
}
