// The means of the tokens of two consecutive frames, side by side.

import type { Kernel } from '../../src/gpu/kernel.ts'
import type { Program } from '../../src/gpu/program.ts'
import type { Tensor } from '../../src/gpu/tensor.ts'
import { ceilDiv, columnRowGrid } from '../common/dispatch_grid.ts'
import wgsl from './frame_pair_means.wgsl?raw'

const kernel: Kernel = { name: 'frame_pair_means', sources: [wgsl], bindings: ['read', 'write'] }

/** x [frames · S, D] → [frames - 1, 2D]. */
export function framePairMeans(p: Program, x: Tensor, positions: number): Tensor {
  const pairs = x.rows / positions - 1
  const y = p.temp('frame pair means', [pairs, 2 * x.width])
  const params = { pairs, positions, width: x.width }
  p.dispatch(kernel, params, [x, y], columnRowGrid(ceilDiv(2 * x.width, 64), pairs))
  return y
}
