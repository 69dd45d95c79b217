// Cuts frames of floats into patches whose values go by channel, row, column.

import type { Kernel } from '../../src/gpu/kernel.ts'
import type { Program } from '../../src/gpu/program.ts'
import type { Tensor } from '../../src/gpu/tensor.ts'
import geometry from '../common/patch_geometry.wgsl?raw'
import { cutPatches } from './patchify.ts'
import wgsl from './patchify_channels_first.wgsl?raw'

const kernel: Kernel = { name: 'patchify_channels_first', sources: [geometry, wgsl], bindings: ['read', 'write'] }

/** frames f32 [F, height, width, 3], patch p → [F · S, 3p²], S = ⌈height/p⌉·⌈width/p⌉ patches row by row. */
export const patchifyChannelsFirst = (p: Program, frames: Tensor, patch: number): Tensor =>
  cutPatches(p, kernel, frames, patch)
