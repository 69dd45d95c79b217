// Residual quantisation: each of N codebooks codes what those before it left.

import type { Program } from '../../src/gpu/program.ts'
import type { Tensor } from '../../src/gpu/tensor.ts'
import { subtractCode } from './subtract_code.ts'
import { vqLookup } from './vq_lookup.ts'

/** latents [rows, C] → writes codes i32 [rows, N]. `codebook` f32 [N·K, C] is looked up; `rows`, the same in the latents' type, is subtracted. */
export function residualCodes(
  p: Program,
  latents: Tensor,
  codebook: Tensor,
  rows: Tensor,
  codes: Tensor,
  count: number,
): void {
  let left = latents
  for (let index = 0; index < count; index++) {
    vqLookup(p, left, codebook, codes, { index, count })
    if (index + 1 < count) left = subtractCode(p, left, rows, codes, { index, count })
  }
}
