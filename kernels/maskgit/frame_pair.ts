// Starts decoding a frame over the last finished one.

import type { Kernel } from '../../src/gpu/kernel.ts'
import type { Program } from '../../src/gpu/program.ts'
import type { Tensor } from '../../src/gpu/tensor.ts'
import { ceilDiv } from '../common/dispatch_grid.ts'
import type { Decoding } from './decoding.ts'
import wgsl from './frame_pair.wgsl?raw'

const kernel: Kernel = {
  name: 'frame_pair',
  sources: [wgsl],
  bindings: ['update', 'write', 'write', 'read', 'write', 'update'],
}

export interface FramePair {
  tokens: Tensor // i32 [2 · S], or [2 · S, N]: the last finished frame, then masks
  /** i32 [4]: the last finished frame's index, the seed, the action into that frame and into the one being decoded. */
  info: Tensor
}

/**
 * Copies the last finished frame's tokens into the pair; its action is the last one of the pair before. Then masks all tokens of all S positions
 * with id K = `codes`, sets the step to 0 and the masked count before it to S.
 */
export function framePair(p: Program, d: Decoding, pair: FramePair, codes: number): void {
  const { tokens, maskedCount } = d
  const params = { tokens: tokens.length, positions: tokens.shape[0]!, mask: codes, counts: maskedCount.length }
  const tensors = [tokens, d.stepIndex, maskedCount, d.frameInfo, pair.tokens, pair.info]
  p.dispatch(kernel, params, tensors, [ceilDiv(Math.max(tokens.length, maskedCount.length), 64)])
}
