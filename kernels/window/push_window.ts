// Sliding windows on the GPU: of the last C frames, of their codes, or of the last actions.

import type { Kernel } from '../../src/gpu/kernel.ts'
import type { Program } from '../../src/gpu/program.ts'
import type { Tensor } from '../../src/gpu/tensor.ts'
import { elementGrid } from '../common/dispatch_grid.ts'
import wgsl from './push_window.wgsl?raw'

const kernel: Kernel = { name: 'push_window', sources: [wgsl], bindings: ['read', 'read', 'update'] }

/**
 * Shifts `window`, of `items` items (default: its first dimension), by one, and appends one item: the words of `newest` from number
 * `from` on.
 * With `fill`, frame 0 (frameInfo[0]) fills the whole window. With `grow`, frame f becomes item f while it fits, and nothing shifts.
 */
export function pushWindow(
  p: Program,
  window: Tensor,
  newest: Tensor,
  frameInfo: Tensor,
  { fill = false, grow = false, from = 0, items = window.shape[0]! } = {},
): void {
  const length = window.length / items
  const params = { length, count: items, fill, grow, first: from }
  p.dispatch(kernel, params, [newest, frameInfo, window], elementGrid(length))
}
