// The backward pass of l2_normalize.

import type { Kernel } from '../../src/gpu/kernel.ts'
import type { BackwardOf } from '../../src/gpu/tape.ts'
import { ceilDiv } from '../common/dispatch_grid.ts'
import type { l2NormalizeOperation } from './l2_normalize.ts'
import wgsl from './l2_normalize_backward.wgsl?raw'

const kernel: Kernel = { name: 'l2_normalize_backward', sources: [wgsl], bindings: ['read', 'read', 'write'] }

export const l2NormalizeBackward: BackwardOf<typeof l2NormalizeOperation> = (p, tape, { x, y }) => {
  const dy = tape.gradient(y)
  if (!dy) return
  const dx = p.temp(`${x.label} gradient`, x.shape)
  p.dispatch(kernel, { rows: x.rows, width: x.width }, [x, dy, dx], [ceilDiv(x.rows, 64)])
  tape.setGradient(x, dx)
}
