// Cuts frames into patches whose padding is 0.

import type { Kernel } from '../../src/gpu/kernel.ts'
import type { Program } from '../../src/gpu/program.ts'
import type { Tensor } from '../../src/gpu/tensor.ts'
import geometry from '../common/patch_geometry.wgsl?raw'
import { cutPatches } from './patchify.ts'
import wgsl from './patchify_zero.wgsl?raw'

const kernel: Kernel = { name: 'patchify_zero', sources: [geometry, wgsl], bindings: ['read', 'write'] }

/** frames u32 [F, height, width] RGBA8, patch p → [F · S, 3p²] in 0 … 1, as `patchify`. */
export const patchifyZero = (p: Program, frames: Tensor, patch: number): Tensor => cutPatches(p, kernel, frames, patch)
