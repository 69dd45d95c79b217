// Finite scalar quantisation: latents to codes.

import type { Kernel } from '../../src/gpu/kernel.ts'
import type { Program } from '../../src/gpu/program.ts'
import type { Tensor } from '../../src/gpu/tensor.ts'
import { ceilDiv } from '../common/dispatch_grid.ts'
import wgsl from './fsq.wgsl?raw'

const kernel: Kernel = { name: 'fsq', sources: [wgsl], bindings: ['read', 'update'] }

/** latents [rows, n] → the last `rows` of `codes`, i32, each 0 … levelsⁿ - 1, the first digit the least significant. */
export function fsq(p: Program, latents: Tensor, levels: number, codes: Tensor): void {
  const { rows, width } = latents
  const params = { rows, width, levels, skip: codes.length - rows }
  p.dispatch(kernel, params, [latents, codes], [ceilDiv(rows, 64)])
}
