// GELU in its exact form, by the error function.

import type { Kernel } from '../../src/gpu/kernel.ts'
import type { Program } from '../../src/gpu/program.ts'
import type { Tensor } from '../../src/gpu/tensor.ts'
import { elementGrid } from '../common/dispatch_grid.ts'
import wgsl from './gelu_erf.wgsl?raw'

const kernel: Kernel = { name: 'gelu_erf', sources: [wgsl], bindings: ['read', 'write'] }

/** x → x/2 · (1 + erf(x/√2)). */
export function geluErf(p: Program, x: Tensor): Tensor {
  const y = p.temp('gelu_erf', x.shape)
  p.dispatch(kernel, { length: x.length }, [x, y], elementGrid(x.length))
  return y
}
