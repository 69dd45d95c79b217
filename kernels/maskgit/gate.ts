// Skips the decoding steps that a frame does not need, on the GPU.

import type { Kernel } from '../../src/gpu/kernel.ts'
import type { Gate, Program } from '../../src/gpu/program.ts'
import { ceilDiv } from '../common/dispatch_grid.ts'
import type { Decoding } from './decoding.ts'
import wgsl from './gate.wgsl?raw'

const kernel: Kernel = { name: 'gate', sources: [wgsl], bindings: ['read', 'read', 'read', 'update'] }

/** Opens the gate of a step's Program while positions are masked, and closes it when none is. */
export function setGate(p: Program, gate: Gate, { maskedCount, stepIndex }: Decoding): void {
  const { workgroups, indirect } = gate
  const tensors = [workgroups, maskedCount, stepIndex, indirect]
  p.dispatch(kernel, { numbers: indirect.length }, tensors, [ceilDiv(indirect.length, 64)])
}
