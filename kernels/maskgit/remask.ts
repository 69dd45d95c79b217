// Unmasks the most confident positions of a step, and advances to the next step.

import type { Kernel } from '../../src/gpu/kernel.ts'
import type { Program } from '../../src/gpu/program.ts'
import type { Tensor } from '../../src/gpu/tensor.ts'
import { codesPerPosition, type Decoding } from './decoding.ts'
import decoding from './decoding.wgsl?raw'
import wgsl from './remask.wgsl?raw'

const kernel: Kernel = {
  name: 'remask',
  sources: [decoding, wgsl],
  bindings: ['read', 'read', 'read', 'update', 'update', 'update'],
}

/**
 * Masked positions take their candidates, except the `maskedAfter` least confident ones. Certain positions always do. K = `codes` is
 * the mask. Counts the positions that stay masked, then adds 1 to the step.
 */
export function remask(p: Program, candidates: Tensor, confidence: Tensor, d: Decoding, codes: number): void {
  const params = { positions: confidence.length, mask: codes, codebooks: codesPerPosition(d) }
  const tensors = [candidates, confidence, d.schedule, d.stepIndex, d.tokens, d.maskedCount]
  p.dispatch(kernel, params, tensors, [1])
}
