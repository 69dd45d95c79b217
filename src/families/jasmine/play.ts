// A jasmine world on the GPU: the tokens of the last frames and the actions into them, and the Programs that encode a prompt and play a
// frame. While the window grows, frame f of the world is frame f of the window, as its own code samples; then the window slides. Every frame
// computes its whole context again. A played frame is one submit and reads nothing back.

import { pushWindow } from '../../../kernels/window/push_window.ts'
import { windowItem } from '../../../kernels/window/window_item.ts'
import type { Gpu } from '../../gpu/gpu.ts'
import type { Passes } from '../../gpu/profile.ts'
import { Program } from '../../gpu/program.ts'
import type { Tensor } from '../../gpu/tensor.ts'
import type { Config, SamplingConfig } from '../../model/config.ts'
import type { DecodingStep } from '../../model/maskgit_decoder.ts'
import type { PlayState } from '../../world/play_state.ts'
import type { PromptFrame } from '../../world/prompt.ts'
import type { PlayModel } from '../family.ts'
import { WindowDecoder } from '../window/decoder.ts'
import { contextOf } from './block.ts'
import type { JasmineActionModel, JasmineDynamics, JasmineTokenizer } from './components.ts'

export class JasminePlayModel implements PlayModel {
  constructor(
    readonly config: Config,
    readonly tokenizer: JasmineTokenizer,
    readonly actionModel: JasmineActionModel,
    readonly dynamics: JasmineDynamics,
  ) {}

  createState(gpu: Gpu): JasmineState {
    return new JasmineState(gpu, this)
  }
}

class JasmineState implements PlayState {
  /** The actions between a prompt's pictures are inferred from them. */
  readonly keepsPictures = true
  readonly config: Config
  readonly pixels: Tensor // f32 [1, H, W, 3] in 0 … 1
  readonly tensors: readonly Tensor[]
  private readonly decoder: WindowDecoder
  private readonly picture: Tensor // u32 [1, H, W] RGBA8
  private readonly pictures: Tensor // u32 [C, H, W], the last pictures of the prompt
  private readonly shown: Tensor // i32 [C + 1, S], codes of the last frames
  private readonly fromPicture: Program
  private readonly fromTokens: Program
  private readonly begin: Program
  private readonly finish: Program

  constructor(
    readonly gpu: Gpu,
    private readonly model: JasminePlayModel,
  ) {
    const { config, tokenizer, actionModel } = model
    this.config = config
    const { height, width } = config.frame
    const C = contextOf(config)
    this.picture = gpu.tensor('picture', [1, height, width], 'u32')
    this.pictures = gpu.tensor('pictures', [C, height, width], 'u32')
    this.pixels = gpu.tensor('pixels', [1, height, width, 3], 'f32')
    this.decoder = new WindowDecoder(gpu, model.dynamics, C, 1)
    const { tokens, frameInfo, contextCodes, atStart, pastActions, newActions } = this.decoder
    this.shown = gpu.tensor('shown codes', [C + 1, tokens.length], 'i32')
    this.tensors = [tokens, this.pixels, contextCodes, pastActions, this.shown]
    const decoderCache = tokenizer.decoderKvCache(C + 1, gpu)

    /** The newest frame joins those that are shown, and becomes `pixels`. */
    const show = (p: Program) => {
      pushWindow(p, this.shown, tokens, frameInfo, { grow: true })
      const decoded = p.temp('decoded window', [C + 1, height, width, 3], 'f32')
      tokenizer.decode(p, this.shown, { frameInfo: atStart, cache: decoderCache }, decoded)
      windowItem(p, decoded, this.pixels, frameInfo)
    }
    /** The newest frame, and the action into it, join the context of the next. */
    const push = (p: Program) => {
      pushWindow(p, contextCodes, tokens, frameInfo, { grow: true })
      pushWindow(p, pastActions, frameInfo, frameInfo, { grow: true, from: 2 })
      show(p)
    }

    this.fromPicture = new Program(gpu, 'encode')
    pushWindow(this.fromPicture, this.pictures, this.picture, frameInfo, { grow: true })
    const encoder = { frameInfo: atStart, cache: tokenizer.encoderKvCache(C, gpu) }
    tokenizer.encode(this.fromPicture, this.pictures, encoder, contextCodes)
    const inferring = { frameInfo: atStart, cache: actionModel.encoderKvCache(C, gpu) }
    actionModel.encode(this.fromPicture, this.pictures, inferring, pastActions)
    windowItem(this.fromPicture, contextCodes, tokens, frameInfo)
    show(this.fromPicture)

    this.fromTokens = new Program(gpu, 'decode')
    push(this.fromTokens)

    // The player's action is frameInfo[2].
    this.begin = new Program(gpu, 'encode')
    pushWindow(this.begin, newActions, frameInfo, frameInfo, { from: 2 })

    this.finish = new Program(gpu, 'decode')
    push(this.finish)
  }

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

  fork(gpu: Gpu): JasmineState {
    return new JasmineState(gpu, this.model)
  }

  setFrameInfo(frame: number, seed: number, action: number): void {
    this.gpu.write(this.decoder.frameInfo, new Int32Array([frame, seed, action]))
    this.decoder.beginAt(Math.min(frame, contextOf(this.config)))
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

  encodeFrame(passes: Passes): void {
    this.begin.encode(passes)
    this.decoder.encode(passes)
    this.finish.encode(passes)
  }

  recordTrace(on: boolean): void {
    this.decoder.recordTrace(on)
  }

  readSteps(): Promise<DecodingStep[]> {
    return this.decoder.readSteps()
  }

  private get programs(): Program[] {
    return [this.fromPicture, this.fromTokens, this.begin, ...this.decoder.programs, this.finish]
  }
}
