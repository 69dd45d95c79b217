// GELU by itself, for training. Play has it within linear.

import type { Kernel } from '../../src/gpu/kernel.ts'
import type { Program } from '../../src/gpu/program.ts'
import type { Operation } from '../../src/gpu/tape.ts'
import type { Tensor } from '../../src/gpu/tensor.ts'
import { elementGrid } from '../common/dispatch_grid.ts'
import common from '../common/gelu_tanh.wgsl?raw'
import wgsl from './gelu.wgsl?raw'

const kernel: Kernel = { name: 'gelu', sources: [common, wgsl], bindings: ['read', 'write'] }
export const geluOperation: Operation<{ x: Tensor; y: Tensor }> = { name: 'gelu' }

/** x → GELU(x), tanh form. */
export function gelu(p: Program, x: Tensor): Tensor {
  const y = p.temp('gelu', x.shape)
  p.dispatch(kernel, { length: x.length }, [x, y], elementGrid(x.length))
  p.tape?.record(geluOperation, { x, y })
  return y
}
