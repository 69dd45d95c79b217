// The action into each frame of a window.

import type { Kernel } from '../../src/gpu/kernel.ts'
import type { Program } from '../../src/gpu/program.ts'
import type { Tensor } from '../../src/gpu/tensor.ts'
import { ceilDiv } from '../common/dispatch_grid.ts'
import wgsl from './window_actions.wgsl?raw'

const kernel: Kernel = { name: 'window_actions', sources: [wgsl], bindings: ['read', 'read', 'write', 'write'] }

/** given and inferred i32 [C] (given: -1 where none was given) → all of `past`, i32 [C], and `future`, i32 [new frames]. */
export function windowActions(p: Program, given: Tensor, inferred: Tensor, past: Tensor, future: Tensor): void {
  const params = { count: given.length, frames: future.length }
  p.dispatch(kernel, params, [given, inferred, past, future], [ceilDiv(Math.max(params.count, params.frames), 64)])
}
