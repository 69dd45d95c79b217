// A tinyworlds world on the GPU: the frames of its context as unclamped floats, as many actions, and the Programs that encode a prompt and
// play a frame. Every frame tokenizes its whole context again. A played frame is one submit and reads nothing back.

import { shownPixels } from '../../../kernels/pixels/shown_pixels.ts'
import { signedPixels } from '../../../kernels/pixels/signed_pixels.ts'
import { pushWindow } from '../../../kernels/window/push_window.ts'
import { windowActions } from '../../../kernels/window/window_actions.ts'
import type { Gpu } from '../../gpu/gpu.ts'
import type { Passes } from '../../gpu/profile.ts'
import { Program } from '../../gpu/program.ts'
import type { Tensor } from '../../gpu/tensor.ts'
import type { SamplingConfig } from '../../model/config.ts'
import { type WindowParts, WindowState } from '../window/state.ts'
import type { TinyActionModel, TinyDynamics, TinyTokenizer } from './components.ts'

export class TinyState extends WindowState {
  readonly tensors: readonly Tensor[]
  private readonly noAction: Tensor // i32 [1], -1
  private readonly history: Tensor // f32 [contextFrames, H, W, 3] on the scale -1 … 1, unclamped
  private readonly given: Tensor // i32 [contextFrames], the player's last actions, -1 where there was none
  private readonly inferred: Tensor // i32 [contextFrames], the action that the action model finds into each frame of the history
  private readonly newest: Tensor // f32 [1, H, W, 3], the newest frame on the scale -1 … 1
  protected readonly fromPicture: Program
  protected readonly fromTokens: Program
  private readonly encodeContext: Program
  private readonly infer: Program
  private readonly finish: Program
  /** Whether the player has given fewer actions than there are frames of context, so that the first ones are inferred. */
  private infers = true

  constructor(
    gpu: Gpu,
    private readonly parts: WindowParts<TinyTokenizer, TinyActionModel, TinyDynamics>,
  ) {
    super(gpu, parts.dynamics)
    const { tokenizer, actionModel } = parts
    const { height, width } = this.config.frame
    const { contextFrames } = this
    this.newest = gpu.tensor('newest frame', [1, height, width, 3], 'f32')
    this.history = gpu.tensor('history', [contextFrames, height, width, 3], 'f32')
    this.given = gpu.tensor('given actions', [contextFrames], 'i32')
    this.inferred = gpu.tensor('inferred actions', [contextFrames], 'i32')
    this.noAction = gpu.tensor('no action', [1], 'i32')
    gpu.write(this.noAction, Int32Array.of(-1))
    const { tokens, frameInfo, contextCodes, contextFrameInfo, newFrameInfo, pastActions, newActions } = this.decoder
    this.tensors = [tokens, this.pixels, this.history, this.given]
    const lastCodes = { from: (contextFrames - 1) * tokens.length, items: 1 }
    const encoding = { frameInfo: contextFrameInfo, cache: tokenizer.encoderKvCache(contextFrames, gpu) }
    const decoding = { frameInfo: contextFrameInfo, cache: tokenizer.decoderKvCache(contextFrames + 1, gpu) }

    this.fromPicture = this.program('encode')
    const signed = signedPixels(this.fromPicture, this.picture)
    pushWindow(this.fromPicture, this.newest, signed, frameInfo)
    this.pushFrame(this.fromPicture, this.newest, 0)
    tokenizer.encode(this.fromPicture, this.history, encoding, contextCodes)
    pushWindow(this.fromPicture, tokens, contextCodes, frameInfo, lastCodes)

    this.fromTokens = this.program('decode')
    pushWindow(this.fromTokens, contextCodes, tokens, frameInfo, { fill: true })
    const decoded = this.fromTokens.temp('decoded context', this.history.shape, 'f32')
    tokenizer.decodeSigned(this.fromTokens, contextCodes, decoding, decoded)
    this.pushFrame(this.fromTokens, decoded, (contextFrames - 1) * this.newest.length)

    this.infer = this.program('encode')
    if (contextFrames > 1) {
      const cache = actionModel.encoderKvCache(contextFrames, gpu)
      actionModel.encode(this.infer, this.history, { frameInfo: contextFrameInfo, cache }, this.inferred)
    }

    this.encodeContext = this.program('encode')
    pushWindow(this.encodeContext, this.given, frameInfo, frameInfo, { from: 2 })
    windowActions(this.encodeContext, this.given, this.inferred, pastActions, newActions)
    tokenizer.encode(this.encodeContext, this.history, encoding, contextCodes)

    this.finish = this.program('decode')
    // Only the context's cache is wanted. The Program eliminates what leads to its pixels.
    const unread = this.finish.temp('context frames', this.history.shape, 'f32')
    tokenizer.decodeSigned(this.finish, contextCodes, decoding, unread)
    tokenizer.decodeSigned(this.finish, tokens, { ...decoding, frameInfo: newFrameInfo }, this.newest, contextFrames)
    pushWindow(this.finish, this.history, this.newest, frameInfo)
    shownPixels(this.finish, this.newest, this.pixels)
  }

  fork(gpu: Gpu): TinyState {
    return new TinyState(gpu, this.parts)
  }

  override setFrameInfo(frame: number, seed: number, action: number, played: number): void {
    super.setFrameInfo(frame, seed, action, played)
    this.infers = played + 1 < this.contextFrames
  }

  override setSampling(sampling: SamplingConfig): void {
    super.setSampling({ ...sampling, schedule_k: this.config.sampling.schedule_k! })
  }

  encodeFrame(passes: Passes): void {
    if (this.infers) this.infer.encode(passes)
    this.encodeContext.encode(passes)
    this.decoder.encode(passes)
    this.finish.encode(passes)
  }

  protected get programs(): Program[] {
    return [this.fromPicture, this.fromTokens, this.infer, this.encodeContext, ...this.decoder.programs, this.finish]
  }

  private program(stage: string): Program {
    return new Program(this.gpu, stage)
  }

  /** The item of `frames` from word `from` on becomes the newest frame. The first frame of a prompt fills the history. */
  private pushFrame(p: Program, frames: Tensor, from: number): void {
    const { frameInfo } = this.decoder
    if (frames !== this.newest) pushWindow(p, this.newest, frames, frameInfo, { from })
    pushWindow(p, this.history, this.newest, frameInfo, { fill: true })
    pushWindow(p, this.given, this.noAction, frameInfo, { fill: true })
    shownPixels(p, this.newest, this.pixels)
  }
}
