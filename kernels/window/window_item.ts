// The newest item of a growing window.

import type { Kernel } from '../../src/gpu/kernel.ts'
import type { Program } from '../../src/gpu/program.ts'
import type { Tensor } from '../../src/gpu/tensor.ts'
import { elementGrid } from '../common/dispatch_grid.ts'
import wgsl from './window_item.wgsl?raw'

const kernel: Kernel = { name: 'window_item', sources: [wgsl], bindings: ['read', 'read', 'write'] }

/** `window`, to which `pushWindow` with `grow` added frame frameInfo[0] last → all of `item`: that frame. */
export function windowItem(p: Program, window: Tensor, item: Tensor, frameInfo: Tensor): void {
  const params = { length: item.length, count: window.length / item.length }
  p.dispatch(kernel, params, [window, frameInfo, item], elementGrid(item.length))
}
