// One world on the GPU: its state, and the Programs that take a picture in and play a frame. Weights are the model's.

import type { Gpu } from '../gpu/gpu.ts'
import type { Passes } from '../gpu/profile.ts'
import { Program } from '../gpu/program.ts'
import type { Tensor } from '../gpu/tensor.ts'
import { MaskGitDecoder } from '../model/maskgit_decoder.ts'
import type { Model } from './model.ts'
import type { PromptFrame } from './prompt.ts'

export class WorldState {
  readonly maskgit: MaskGitDecoder
  readonly pixels: Tensor // f32 [1, H, W, 3], the newest frame
  /** What the future hangs on, and what is seen: a moment copies it. */
  readonly state: readonly Tensor[]
  private readonly picture: Tensor // u32 [1, H, W] RGBA8
  private readonly encoder: Program
  /** Of the player's tokens into pixels. */
  readonly decoder: Program

  /** @param gpu the model's, or a branch of it */
  constructor(
    readonly gpu: Gpu,
    readonly model: Model,
  ) {
    const { config, tokenizer, dynamics } = model
    const { height, width } = config.frame
    this.picture = gpu.tensor('picture', [1, height, width], 'u32')
    this.pixels = gpu.tensor('pixels', [1, height, width, 3], 'f32')
    this.maskgit = new MaskGitDecoder(gpu, dynamics)
    const { frameInfo, tokens, cache } = this.maskgit
    this.encoder = new Program(gpu, 'encode')
    tokenizer.encode(this.encoder, this.picture, { frameInfo, cache: tokenizer.encoderKvCache(1, gpu) }, tokens)
    this.decoder = new Program(gpu, 'decode')
    const decoderHistory = tokenizer.decoderKvCache(1, gpu)
    tokenizer.decode(this.decoder, tokens, { frameInfo, cache: decoderHistory }, this.pixels)
    this.state = [tokens, this.pixels, ...cache.tensors, ...decoderHistory.tensors]
  }

  /** Compiles in parallel, then binds. */
  async build(): Promise<this> {
    const { sampling } = this.model.config
    await Promise.all([this.encoder, this.decoder, ...this.maskgit.programs(sampling)].map(p => p.compile()))
    return this.buildNow()
  }

  /** Binds what is compiled already. */
  buildNow(): this {
    this.encoder.buildSync()
    this.decoder.buildSync()
    this.maskgit.buildNow(this.model.config.sampling)
    return this
  }

  /** Takes a frame of the prompt in: pixels u32 [H · W], or tokens i32 [S]. Written now, seen by the next submit. */
  writePrompt(frame: PromptFrame): void {
    this.gpu.write(frame instanceof Uint32Array ? this.picture : this.maskgit.tokens, frame)
  }

  /** What was written, into the caches and decoded. */
  encodePrompt(passes: Passes, isPixels: boolean): void {
    if (isPixels) this.encoder.encode(passes)
    this.maskgit.encodeAppendToCache(passes)
    this.decoder.encode(passes)
  }

  /** The frame that the player's frameInfo and schedule say. */
  encodeFrame(passes: Passes): void {
    this.maskgit.encodeFrame(passes)
    this.decoder.encode(passes)
  }
}
