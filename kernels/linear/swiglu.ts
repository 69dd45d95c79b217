// The gate of a SwiGLU feed-forward layer.

import type { Kernel } from '../../src/gpu/kernel.ts'
import type { Program } from '../../src/gpu/program.ts'
import type { Tensor } from '../../src/gpu/tensor.ts'
import { elementGrid } from '../common/dispatch_grid.ts'
import wgsl from './swiglu.wgsl?raw'

const kernel: Kernel = { name: 'swiglu', sources: [wgsl], bindings: ['read', 'write'] }

/** x [rows, 2F], the gate's inputs and then the values → silu(gate) · value, [rows, F]. */
export function swiglu(p: Program, x: Tensor): Tensor {
  const width = x.width / 2
  const y = p.temp('swiglu', [x.rows, width])
  p.dispatch(kernel, { length: y.length, width }, [x, y], elementGrid(y.length))
  return y
}
