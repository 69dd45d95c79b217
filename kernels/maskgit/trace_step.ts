// Records the state of a decoding step, for showing how a frame is decoded.

import type { Kernel } from '../../src/gpu/kernel.ts'
import type { Program } from '../../src/gpu/program.ts'
import type { Tensor } from '../../src/gpu/tensor.ts'
import { ceilDiv } from '../common/dispatch_grid.ts'
import { codesPerPosition, type Decoding } from './decoding.ts'
import wgsl from './trace_step.wgsl?raw'

const kernel: Kernel = { name: 'trace_step', sources: [wgsl], bindings: ['read', 'read', 'read', 'update'] }

/** After `remask`: copies the step's tokens (with N codebooks, the first) and confidence f32 [S] to its row of `trace` u32 [steps, S, 2]. */
export function traceStep(p: Program, confidence: Tensor, d: Decoding, trace: Tensor): void {
  const positions = confidence.length
  const tensors = [d.tokens, confidence, d.stepIndex, trace]
  p.dispatch(kernel, { positions, codebooks: codesPerPosition(d) }, tensors, [ceilDiv(positions, 64)])
}
