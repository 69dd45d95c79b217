// The GPU state of one of Djinn's own worlds, and the Programs that encode a prompt and play a frame. The weights are the model's.

import type { Gpu } from '../gpu/gpu.ts'
import type { Passes } from '../gpu/profile.ts'
import { Program } from '../gpu/program.ts'
import type { Tensor } from '../gpu/tensor.ts'
import type { Config, SamplingConfig } from '../model/config.ts'
import type { DecodingStep } from '../model/decoding_trace.ts'
import type { Dynamics } from '../model/dynamics.ts'
import { MaskGitDecoder } from '../model/maskgit_decoder.ts'
import type { Tokenizer } from '../model/tokenizer.ts'
import type { PlayState } from './play_state.ts'
import type { PromptFrame } from './prompt.ts'

export class WorldState implements PlayState {
  readonly keepsPictures = false
  readonly config: Config
  readonly maskgit: MaskGitDecoder
  readonly pixels: Tensor // f32 [1, H, W, 3], the newest frame
  /** All that the next frame depends on, and the newest frame. A snapshot copies it. */
  readonly tensors: readonly Tensor[]
  private readonly picture: Tensor // u32 [1, H, W] RGBA8
  private readonly encoder: Program
  /** Decodes the newest frame's tokens to pixels. */
  readonly decoder: Program

  /** @param gpu the model's, or a scope of it */
  constructor(
    readonly gpu: Gpu,
    readonly model: { tokenizer: Tokenizer; dynamics: Dynamics },
  ) {
    const { tokenizer, dynamics } = model
    const { config } = dynamics
    this.config = config
    const { height, width } = config.frame
    this.picture = gpu.tensor('picture', [1, height, width], 'u32')
    this.pixels = gpu.tensor('pixels', [1, height, width, 3], 'f32')
    this.maskgit = new MaskGitDecoder(gpu, dynamics)
    const { frameInfo, tokens } = this.maskgit
    this.encoder = new Program(gpu, 'encode')
    tokenizer.encode(this.encoder, this.picture, { frameInfo, cache: tokenizer.encoderKvCache(1, gpu) }, tokens)
    this.decoder = new Program(gpu, 'decode')
    const decoderCache = tokenizer.decoderKvCache(1, gpu)
    tokenizer.decode(this.decoder, tokens, { frameInfo, cache: decoderCache }, this.pixels)
    this.tensors = [...this.maskgit.tensors, this.pixels, ...decoderCache.tensors]
  }

  get tokens(): Tensor {
    return this.maskgit.tokens
  }

  fork(gpu: Gpu): WorldState {
    return new WorldState(gpu, this.model)
  }

  setFrameInfo(frame: number, seed: number, action: number): void {
    this.maskgit.setFrameInfo(frame, seed, action)
  }

  setSampling(sampling: SamplingConfig): void {
    this.maskgit.setSampling(sampling)
  }

  recordTrace(on: boolean): void {
    this.maskgit.recordTrace(on)
  }

  readSteps(): Promise<DecodingStep[]> {
    return this.maskgit.readSteps()
  }

  /** Compiles in parallel, then binds. */
  async build(): Promise<this> {
    const { sampling } = this.config
    await Promise.all([this.encoder, this.decoder, ...this.maskgit.programs(sampling)].map(p => p.compile()))
    return this.buildSync()
  }

  /** Binds. Blocks while it compiles what `build` did not. */
  buildSync(): this {
    this.encoder.buildSync()
    this.decoder.buildSync()
    this.maskgit.buildSync(this.config.sampling)
    return this
  }

  /** Writes a frame of the prompt, for the next submit: pixels u32 [H · W], or tokens i32 [S]. */
  writePrompt(frame: PromptFrame): void {
    this.gpu.write(frame instanceof Uint32Array ? this.picture : this.maskgit.tokens, frame)
  }

  /** Appends the written frame to the KV caches and decodes it. */
  encodePrompt(passes: Passes, isPixels: boolean): void {
    if (isPixels) this.encoder.encode(passes)
    this.maskgit.encodeAppendToCache(passes)
    this.decoder.encode(passes)
  }

  /** Plays the frame that `frameInfo` and the schedule describe, and decodes it. */
  encodeFrame(passes: Passes): void {
    this.maskgit.encodeFrame(passes)
    this.decoder.encode(passes)
  }
}
