// A jasmine world on the GPU: the tokens of the last frames and the actions into them, and the Programs that encode a prompt and play a
// frame. While the window grows, frame f of the world is frame f of the window, as its own code samples; then the window slides. Every frame
// recomputes its whole context. A played frame is one submit and reads nothing back.

import { pushWindow } from '../../../kernels/window/push_window.ts'
import { windowItem } from '../../../kernels/window/window_item.ts'
import type { Gpu } from '../../gpu/gpu.ts'
import type { Passes } from '../../gpu/profile.ts'
import { Program } from '../../gpu/program.ts'
import type { Tensor } from '../../gpu/tensor.ts'
import { type WindowParts, WindowState } from '../window/state.ts'
import type { JasmineActionModel, JasmineDynamics, JasmineTokenizer } from './components.ts'

export class JasmineState extends WindowState {
  readonly tensors: readonly Tensor[]
  private readonly pictures: Tensor // u32 [contextFrames, H, W], the last pictures of the prompt
  private readonly shown: Tensor // i32 [contextFrames + 1, S], codes of the last frames
  protected readonly fromPicture: Program
  protected readonly fromTokens: Program
  private readonly begin: Program
  private readonly finish: Program

  constructor(
    gpu: Gpu,
    private readonly parts: WindowParts<JasmineTokenizer, JasmineActionModel, JasmineDynamics>,
  ) {
    super(gpu, parts.dynamics)
    const { tokenizer, actionModel } = parts
    const { height, width } = this.config.frame
    const { contextFrames } = this
    this.pictures = gpu.tensor('pictures', [contextFrames, height, width], 'u32')
    const { tokens, frameInfo, contextCodes, contextFrameInfo, pastActions, newActions } = this.decoder
    this.shown = gpu.tensor('shown codes', [contextFrames + 1, tokens.length], 'i32')
    this.tensors = [tokens, this.pixels, contextCodes, pastActions, this.shown]
    const decoderCache = tokenizer.decoderKvCache(contextFrames + 1, gpu)

    /** The newest frame joins those that are shown, and becomes `pixels`. */
    const show = (p: Program) => {
      pushWindow(p, this.shown, tokens, frameInfo, { grow: true })
      const decoded = p.temp('decoded window', [contextFrames + 1, height, width, 3], 'f32')
      tokenizer.decode(p, this.shown, { frameInfo: contextFrameInfo, cache: decoderCache }, decoded)
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
    const encoder = { frameInfo: contextFrameInfo, cache: tokenizer.encoderKvCache(contextFrames, gpu) }
    tokenizer.encode(this.fromPicture, this.pictures, encoder, contextCodes)
    const inferring = { frameInfo: contextFrameInfo, cache: actionModel.encoderKvCache(contextFrames, gpu) }
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

  fork(gpu: Gpu): JasmineState {
    return new JasmineState(gpu, this.parts)
  }

  override setFrameInfo(frame: number, seed: number, action: number, played: number): void {
    super.setFrameInfo(frame, seed, action, played)
    this.decoder.beginAt(Math.min(frame, this.contextFrames))
  }

  encodeFrame(passes: Passes): void {
    this.begin.encode(passes)
    this.decoder.encode(passes)
    this.finish.encode(passes)
  }

  protected get programs(): Program[] {
    return [this.fromPicture, this.fromTokens, this.begin, ...this.decoder.programs, this.finish]
  }
}
