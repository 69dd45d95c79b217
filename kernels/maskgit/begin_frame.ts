// Starts decoding a frame.

import type { Kernel } from '../../src/gpu/kernel.ts'
import type { Program } from '../../src/gpu/program.ts'
import { ceilDiv } from '../common/dispatch_grid.ts'
import wgsl from './begin_frame.wgsl?raw'
import type { Decoding } from './decoding.ts'

const kernel: Kernel = { name: 'begin_frame', sources: [wgsl], bindings: ['write', 'write', 'write'] }

/** Masks all tokens of all S positions with id K = `codes`, sets the step to 0 and the masked count before it to S. */
export function beginFrame(p: Program, { tokens, stepIndex, maskedCount }: Decoding, codes: number): void {
  const params = {
    tokens: tokens.length,
    positions: tokens.shape[0]!,
    mask: codes,
    counts: maskedCount.length,
  }
  const threads = Math.max(tokens.length, maskedCount.length)
  p.dispatch(kernel, params, [tokens, stepIndex, maskedCount], [ceilDiv(threads, 64)])
}
