// Starts decoding a frame.

import type { Kernel } from '../../src/gpu/kernel.ts'
import type { Program } from '../../src/gpu/program.ts'
import { ceilDiv } from '../common/dispatch_grid.ts'
import wgsl from './begin_frame.wgsl?raw'
import type { Decoding } from './decoding.ts'

const kernel: Kernel = { name: 'begin_frame', sources: [wgsl], bindings: ['write', 'write'] }

/** Masks all S tokens with id K = `codes` and sets the step to 0. */
export function beginFrame(p: Program, { tokens, stepIndex }: Decoding, codes: number): void {
  const params = { tokens: tokens.length, mask: codes }
  p.dispatch(kernel, params, [tokens, stepIndex], [ceilDiv(tokens.length, 64)])
}
