// Makes one chunk of the newest frame and the one that is decoded next.

import type { Kernel } from '../../src/gpu/kernel.ts'
import type { Program } from '../../src/gpu/program.ts'
import type { Tensor } from '../../src/gpu/tensor.ts'
import { ceilDiv } from '../common/dispatch_grid.ts'
import type { Decoding } from './decoding.ts'
import wgsl from './frame_pair.wgsl?raw'

const kernel: Kernel = { name: 'frame_pair', sources: [wgsl], bindings: ['read', 'read', 'write', 'update'] }

/**
 * Before `beginFrame`: the newest frame's tokens i32 [S, N] and as many masks, K = `codes`, → [2 · S, N]. `pairInfo` i32 [4] becomes the
 * newest frame's index, the seed, the action into that frame, which was pairInfo[3], and the one into the frame after it.
 */
export function framePair(p: Program, { tokens, frameInfo }: Decoding, pairInfo: Tensor, codes: number): Tensor {
  const pair = p.temp('frame pair', [2 * tokens.shape[0]!, ...tokens.shape.slice(1)], 'i32')
  const params = { tokens: tokens.length, mask: codes }
  p.dispatch(kernel, params, [tokens, frameInfo, pair, pairInfo], [ceilDiv(tokens.length, 64)])
  return pair
}
