// Layer norm with Flax's eps, 1e-6. A positional encoding may be added after it.

import type { Kernel } from '../../src/gpu/kernel.ts'
import type { Program } from '../../src/gpu/program.ts'
import type { Tensor } from '../../src/gpu/tensor.ts'
import { rowGrid } from '../common/dispatch_grid.ts'
import wgsl from './flax_layer_norm.wgsl?raw'
import statisticsWgsl from './layer_norm_statistics.wgsl?raw'

const kernel: Kernel = {
  name: 'flax_layer_norm',
  sources: [statisticsWgsl, wgsl],
  bindings: ['read', 'read', 'read', 'read', 'write'],
}

/** x [rows, D], weight and bias f32 [D], position [n, D] → [rows, D]. Row r gets position r mod n. */
export function flaxLayerNorm(p: Program, x: Tensor, weight: Tensor, bias: Tensor, position?: Tensor): Tensor {
  const y = p.temp(`${weight.label} output`, [x.rows, x.width])
  const params = { rows: x.rows, width: x.width, positions: position?.rows ?? 0 }
  const tensors = [x, weight, bias, position ?? p.gpu.placeholder, y]
  p.dispatch(kernel, params, tensors, rowGrid(x.rows), { epsilon: 1e-6 })
  return y
}
