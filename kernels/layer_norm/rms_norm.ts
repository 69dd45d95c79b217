// RMS norm over the width of a row, eps 1e-5.

import type { Kernel } from '../../src/gpu/kernel.ts'
import type { Program } from '../../src/gpu/program.ts'
import type { Tensor } from '../../src/gpu/tensor.ts'
import { rowGrid } from '../common/dispatch_grid.ts'
import wgsl from './rms_norm.wgsl?raw'

const kernel: Kernel = { name: 'rms_norm', sources: [wgsl], bindings: ['read', 'read', 'write'] }

/** x [rows, D], weight f32 [D] → [rows, D]. */
export function rmsNorm(p: Program, x: Tensor, weight: Tensor): Tensor {
  const y = p.temp(`${weight.label} output`, [x.rows, x.width])
  p.dispatch(kernel, { rows: x.rows, width: x.width }, [x, weight, y], rowGrid(x.rows))
  return y
}
