// Layer norm whose scale and shift depend on a condition of the frame, such as its action (FiLM).

import type { Kernel } from '../../src/gpu/kernel.ts'
import type { Program } from '../../src/gpu/program.ts'
import type { Tensor } from '../../src/gpu/tensor.ts'
import { rowGrid } from '../common/dispatch_grid.ts'
import wgsl from './film_norm.wgsl?raw'
import statisticsWgsl from './layer_norm_statistics.wgsl?raw'

const kernel: Kernel = {
  name: 'film_norm',
  sources: [statisticsWgsl, wgsl],
  bindings: ['read', 'read', 'read', 'write'],
}

/** x [frames · S, D], table f32 [conditions, 2D] (γ, then β), conditions i32 [frames] (negative: none) → [frames · S, D]. */
export function filmNorm(p: Program, x: Tensor, table: Tensor, conditions: Tensor): Tensor {
  const y = p.temp(`${table.label} output`, [x.rows, x.width])
  const params = { rows: x.rows, width: x.width, positions: x.rows / conditions.length }
  p.dispatch(kernel, params, [x, table, conditions, y], rowGrid(x.rows))
  return y
}
