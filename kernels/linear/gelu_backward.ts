// The backward pass of GELU.

import type { Kernel } from '../../src/gpu/kernel.ts'
import type { BackwardOf } from '../../src/gpu/tape.ts'
import { elementGrid } from '../common/dispatch_grid.ts'
import common from '../common/gelu_tanh.wgsl?raw'
import type { geluOperation } from './gelu.ts'
import wgsl from './gelu_backward.wgsl?raw'

const kernel: Kernel = { name: 'gelu_backward', sources: [common, wgsl], bindings: ['read', 'read', 'write'] }

export const geluBackward: BackwardOf<typeof geluOperation> = (p, tape, { x, y }) => {
  const dy = tape.gradient(y)
  if (!dy) return
  const dx = p.temp('gelu gradient', x.shape)
  p.dispatch(kernel, { length: x.length }, [x, dy, dx], elementGrid(x.length))
  tape.setGradient(x, dx)
}
