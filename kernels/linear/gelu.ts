// GELU by itself, for training; play has it within linear.

import type { Kernel } from '../../src/gpu/kernel.ts'
import type { Program } from '../../src/gpu/program.ts'
import type { Operation } from '../../src/gpu/tape.ts'
import type { Tensor } from '../../src/gpu/tensor.ts'
import wgsl from './gelu.wgsl?raw'
import { elementGroups } from '../common/dispatch_grid.ts'

export const geluKernel: Kernel = { name: 'gelu', wgsl, bindings: ['read', 'write'] }
export const geluOperation: Operation<{ x: Tensor; y: Tensor }> = { name: 'gelu' }

/** x → GELU(x), tanh form. */
export function gelu(p: Program, x: Tensor): Tensor {
  const y = p.temp('gelu', x.shape)
  p.dispatch(geluKernel, { length: x.length }, [x, y], elementGroups(x.length))
  p.tape?.note(geluOperation, { x, y })
  return y
}
