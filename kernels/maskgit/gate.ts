// Skips, on the GPU, the decoding steps that a frame does not need.

import type { Kernel } from '../../src/gpu/kernel.ts'
import type { Gate, Program } from '../../src/gpu/program.ts'
import { ceilDiv } from '../common/dispatch_grid.ts'
import type { Decoding } from './decoding.ts'
import wgsl from './gate.wgsl?raw'

const kernel: Kernel = { name: 'gate', sources: [wgsl], bindings: ['read', 'read', 'read', 'update'] }

/** Opens the gate of a step's Program while positions are masked. Once none is, its dispatches return at once. */
export function setGate(p: Program, gate: Gate, { maskedCount, stepIndex }: Decoding): void {
  const { kept, params } = gate
  const tensors = [kept, maskedCount, stepIndex, params]
  p.dispatch(kernel, { numbers: params.length }, tensors, [ceilDiv(params.length, 64)])
}
