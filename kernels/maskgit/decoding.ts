// The tensors that MaskGIT decodes a frame in. The step counter is on the GPU, so that every step replays the same dispatches.

import type { Tensor } from '../../src/gpu/tensor.ts'

export interface Decoding {
  tokens: Tensor // i32 [S], or with N codebooks [S, N]; K = masked
  schedule: Tensor // f32/u32 [steps, 5]: temperature, choice noise, guidance, maskedAfter, logThreshold
  stepIndex: Tensor // u32 [1]
  maskedCount: Tensor // u32 [steps + 1], steps ≥ 1: positions that are masked before each step, and after the last
  frameInfo: Tensor // i32 [3]: frame, seed, action; sampling reads the first two as u32
}

/** N: codes of a position. */
export const codesPerPosition = ({ tokens }: Pick<Decoding, 'tokens'>): number => tokens.shape[1] ?? 1
