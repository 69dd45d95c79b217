// Skips, on the GPU, the decoding steps that a frame does not need.

import type { Kernel } from '../../src/gpu/kernel.ts'
import type { Gate, Program } from '../../src/gpu/program.ts'
import { ceilDiv } from '../common/dispatch_grid.ts'
import type { Decoding } from './decoding.ts'
import wgsl from './gate.wgsl?raw'

const kernel: Kernel = { name: 'gate', sources: [wgsl], bindings: ['read', 'read', 'read', 'update'] }

/** Opens the gate of a step's Program while positions are masked, else closes it: its dispatches return at once. */
export function openOrCloseGate(p: Program, gate: Gate, { maskedCount, stepIndex }: Decoding): void {
  const { allParams, activeParams } = gate
  const tensors = [allParams, maskedCount, stepIndex, activeParams]
  p.dispatch(kernel, { numbers: activeParams.length }, tensors, [ceilDiv(activeParams.length, 64)])
}
