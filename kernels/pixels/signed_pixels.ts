// Pixels of bytes to floats on the scale -1 … 1.

import type { Kernel } from '../../src/gpu/kernel.ts'
import type { Program } from '../../src/gpu/program.ts'
import type { Tensor } from '../../src/gpu/tensor.ts'
import { elementGrid } from '../common/dispatch_grid.ts'
import wgsl from './signed_pixels.wgsl?raw'

const kernel: Kernel = { name: 'signed_pixels', sources: [wgsl], bindings: ['read', 'write'] }

/** pictures u32 [F, height, width] RGBA8 → f32 [F, height, width, 3] in -1 … 1. */
export function signedPixels(p: Program, pictures: Tensor): Tensor {
  const frames = p.temp('signed pixels', [...pictures.shape, 3], 'f32')
  p.dispatch(kernel, { length: frames.length }, [pictures, frames], elementGrid(frames.length))
  return frames
}
