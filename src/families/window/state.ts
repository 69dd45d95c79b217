// The base class of the play states of families that recompute their window: the newest frame, its decoder, and how a World drives
// their Programs.

import type { Gpu } from '../../gpu/gpu.ts'
import type { Passes } from '../../gpu/profile.ts'
import type { Program } from '../../gpu/program.ts'
import type { Tensor } from '../../gpu/tensor.ts'
import type { Config, SamplingConfig } from '../../model/config.ts'
import type { DecodingStep } from '../../model/decoding_trace.ts'
import type { PlayState } from '../../world/play_state.ts'
import type { PromptFrame } from '../../world/prompt.ts'
import { contextOf } from './component.ts'
import { WindowDecoder, type WindowDynamics } from './decoder.ts'

/** The loaded components of a model. */
export interface WindowParts<T, A, D> {
  config: Config
  tokenizer: T
  actionModel: A
  dynamics: D
}

export abstract class WindowState implements PlayState {
  /** The actions between a prompt's pictures are inferred from them. */
  readonly keepsPictures = true
  readonly config: Config
  readonly pixels: Tensor // f32 [1, H, W, 3] in 0 … 1
  abstract readonly tensors: readonly Tensor[]
  protected readonly contextFrames: number
  protected readonly decoder: WindowDecoder
  protected readonly picture: Tensor // u32 [1, H, W] RGBA8
  /** The Programs that take in a frame of the prompt. */
  protected abstract readonly fromPicture: Program
  protected abstract readonly fromTokens: Program

  constructor(
    readonly gpu: Gpu,
    dynamics: WindowDynamics,
  ) {
    this.config = dynamics.config
    const { height, width } = this.config.frame
    this.contextFrames = contextOf(this.config)
    this.picture = gpu.tensor('picture', [1, height, width], 'u32')
    this.pixels = gpu.tensor('pixels', [1, height, width, 3], 'f32')
    this.decoder = new WindowDecoder(gpu, dynamics, this.contextFrames, 1)
  }

  protected abstract get programs(): Program[]
  abstract fork(gpu: Gpu): PlayState
  abstract encodeFrame(passes: Passes): void

  get tokens(): Tensor {
    return this.decoder.tokens
  }

  async build(): Promise<this> {
    await Promise.all(this.programs.map(p => p.compile()))
    return this.buildSync()
  }

  buildSync(): this {
    for (const program of this.programs) program.buildSync()
    return this
  }

  setFrameInfo(frame: number, seed: number, action: number, _played: number): void {
    this.gpu.write(this.decoder.frameInfo, new Int32Array([frame, seed, action]))
  }

  setSampling(sampling: SamplingConfig): void {
    this.decoder.setSampling(sampling)
  }

  writePrompt(frame: PromptFrame): void {
    this.gpu.write(frame instanceof Uint32Array ? this.picture : this.tokens, frame)
  }

  encodePrompt(passes: Passes, isPixels: boolean): void {
    if (isPixels) this.fromPicture.encode(passes)
    else this.fromTokens.encode(passes)
  }

  recordTrace(on: boolean): void {
    this.decoder.recordTrace(on)
  }

  readSteps(): Promise<DecodingStep[]> {
    return this.decoder.readSteps()
  }
}
