// The GPU state of one world, as World drives it. A family's state is its own; the weights behind it are the model's.

import type { Gpu } from '../gpu/gpu.ts'
import type { Passes } from '../gpu/profile.ts'
import type { Tensor } from '../gpu/tensor.ts'
import type { Config, SamplingConfig } from '../model/config.ts'
import type { DecodingStep } from '../model/decoding_trace.ts'
import type { PromptFrame } from './prompt.ts'

export interface PlayState {
  readonly gpu: Gpu
  readonly config: Config
  /** f32 [1, H, W, 3], the newest frame in 0 … 1. */
  readonly pixels: Tensor
  /** i32 [S], the newest frame's tokens. */
  readonly tokens: Tensor
  /** All that the next frame depends on, and the newest frame. A snapshot copies it. */
  readonly tensors: readonly Tensor[]
  /** Whether a prompt's pictures count beyond their tokens, so that a recording keeps them. */
  readonly keepsPictures: boolean
  /** Compiles in parallel, then binds. */
  build(): Promise<this>
  /** Binds. Blocks while it compiles what `build` did not. */
  buildSync(): this
  /** A second state of the same model, which then changes independently. */
  fork(gpu: Gpu): PlayState
  /**
   * Writes which frame comes next, the seed and the action into it (-1: none), for the next submit.
   * @param played frames that were played since the prompt
   */
  setFrameInfo(frame: number, seed: number, action: number, played: number): void
  /** @throws ArgumentError naming a setting that is out of range */
  setSampling(sampling: SamplingConfig): void
  /** Writes a frame of the prompt, for the next submit: pixels u32 [H · W], or tokens i32 [S]. */
  writePrompt(frame: PromptFrame): void
  /** Takes the written frame in as the newest. */
  encodePrompt(passes: Passes, isPixels: boolean): void
  /** Plays the frame that frame info and sampling describe. */
  encodeFrame(passes: Passes): void
  /** Turns the trace of decoding steps on or off, for `readSteps`. */
  recordTrace(on: boolean): void
  /** The decoding steps of the newest frame, if it was traced. */
  readSteps(): Promise<DecodingStep[]>
}
