// Moves dead codes, which no latent chooses, to where latents are.

import type { Kernel } from '../../src/gpu/kernel.ts'
import type { Program } from '../../src/gpu/program.ts'
import type { Tensor } from '../../src/gpu/tensor.ts'
import { ceilDiv } from '../common/dispatch_grid.ts'
import random from '../common/random.wgsl?raw'
import codeSum from './code_sum.wgsl?raw'
import wgsl from './reset_dead_codes.wgsl?raw'

const kernel: Kernel = {
  name: 'reset_dead_codes',
  sources: [random, codeSum, wgsl],
  bindings: ['read', 'read', 'read', 'read', 'update', 'update'],
}

/**
 * Moves dead codes to latents of a batch. Updates `codebook` [N·K, C] and `stepsUnused` u32 [N·K], the steps since each code was chosen.
 * The batch: latents [rows, C] (with one codebook, unit ones), codes i32 [rows, N], errors [rows, N]. `settings` u32 [2]: after
 * how many unused steps a code moves (0: never), and a seed.
 */
export function resetDeadCodes(
  p: Program,
  { latents, codes, errors }: { latents: Tensor; codes: Tensor; errors: Tensor },
  { settings, stepsUnused, codebook }: { settings: Tensor; stepsUnused: Tensor; codebook: Tensor },
): void {
  const codebooks = codes.length / latents.rows
  const params = { rows: latents.rows, width: latents.width, codes: codebook.rows / codebooks, codebooks }
  const tensors = [latents, codes, errors, settings, stepsUnused, codebook]
  p.dispatch(kernel, params, tensors, [ceilDiv(codebook.rows, 64)])
}
