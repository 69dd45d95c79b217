// What decoding a frame by MaskGIT works on. The step counter is on the GPU, so that every step replays the same dispatches.

import type { Tensor } from '../../src/gpu/tensor.ts'

export interface Decoding {
  tokens: Tensor // i32 [S]; K = masked
  schedule: Tensor // f32/u32 [steps, 4]: temperature, choice noise, guidance, maskedAfter
  stepIndex: Tensor // u32 [1]
  frameInfo: Tensor // u32: frame, seed
}
