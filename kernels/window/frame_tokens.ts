// Puts a token for the action into each frame before that frame's tokens.

import type { Kernel } from '../../src/gpu/kernel.ts'
import type { Program } from '../../src/gpu/program.ts'
import type { Tensor } from '../../src/gpu/tensor.ts'
import { elementGrid } from '../common/dispatch_grid.ts'
import wgsl from './frame_tokens.wgsl?raw'

const kernel: Kernel = { name: 'frame_tokens', sources: [wgsl], bindings: ['read', 'read', 'write'] }

/**
 * tokens i32 [frames · S] and the action into each frame, i32 [frames] (negative: none) → i32 [frames · (S + 1)].
 * @param codes K, the mask @param count A, the actions there are @param begins whether the first frame is a window's first, which has no action
 */
export function frameTokens(
  p: Program,
  tokens: Tensor,
  actions: Tensor,
  { codes, count, begins }: { codes: number; count: number; begins: boolean },
): Tensor {
  const frames = actions.length
  const all = p.temp('tokens with actions', [tokens.length + frames], 'i32')
  const params = { length: all.length, positions: tokens.length / frames, codes, actions: count, begins }
  p.dispatch(kernel, params, [tokens, actions, all], elementGrid(all.length))
  return all
}
