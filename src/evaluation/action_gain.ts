// The gain of latent actions for the model that learned them: how much better its decoder predicts the next frame with the inferred
// action than with the mean of all actions' predictions, and than a copy of the last frame.

import type { Gpu } from '../gpu/gpu.ts'
import { Program } from '../gpu/program.ts'
import type { Tensor } from '../gpu/tensor.ts'
import { rgbaWords } from '../media/pixels.ts'
import type { ActionModel } from '../model/component_types.ts'
import { mean, psnr, squaredError, unitValues } from './metrics.ts'

const FRAMES = 16 // of each clip, at most

export class ActionGain {
  private readonly own: number[] = []
  private readonly blended: number[] = []
  private readonly copied: number[] = []

  private constructor(
    private readonly gpu: Gpu,
    private readonly program: Program,
    private readonly tensors: { pictures: Tensor; frameInfo: Tensor; actions: Tensor; pixels: Tensor },
    private readonly count: number,
  ) {}

  /** @param length frames per clip. @returns undefined for a model that predicts no pixels */
  static async create(gpu: Gpu, model: ActionModel, length: number): Promise<ActionGain | undefined> {
    const { frame, latent_action } = model.config
    if (latent_action.input === 'tokens' || length < 2 || !model.decode || !model.decoderKvCache) return undefined
    const chunk = Math.min(FRAMES, length, model.windowFrames ?? FRAMES) - 1
    const tensors = {
      pictures: gpu.tensor('pictures', [chunk, frame.height, frame.width], 'u32'),
      frameInfo: gpu.tensor('frameInfo', [2 + chunk], 'i32'),
      actions: gpu.tensor('actions', [chunk], 'i32'),
      pixels: gpu.tensor('pixels', [chunk, frame.height, frame.width, 3], 'f32'),
    }
    const { pictures, frameInfo, actions, pixels } = tensors
    const p = new Program(gpu, 'predict next frames')
    model.decode(p, pictures, actions, { frameInfo, cache: model.decoderKvCache(chunk) }, pixels)
    return new ActionGain(gpu, await p.build(), tensors, latent_action.actions)
  }

  /** Adds the first frames of a clip, u8 [T, H, W, 3], with its inferred actions [T − 1]. */
  async add(frames: Uint8Array, inferred: Int32Array): Promise<void> {
    const { pictures, actions, pixels } = this.tensors
    const chunk = actions.length
    const size = pixels.length / chunk
    const truth = unitValues(frames.subarray(0, (chunk + 1) * size))
    this.gpu.write(pictures, rgbaWords(frames.subarray(0, chunk * size)))
    const predictions: Float32Array[] = []
    for (let action = 0; action < this.count; action++)
      predictions.push(await this.predict(new Int32Array(chunk).fill(action)))
    const blend = predictions[0]!.map((_, i) => mean(predictions.map(prediction => prediction[i]!)))
    for (let t = 0; t < chunk; t++) {
      const at = (values: Float32Array, frame: number) => values.subarray(frame * size, (frame + 1) * size)
      const next = at(truth, t + 1)
      this.own.push(squaredError(at(predictions[inferred[t]!]!, t), next))
      this.blended.push(squaredError(at(blend, t), next))
      this.copied.push(squaredError(at(truth, t), next))
    }
  }

  /** Gains in dB of PSNR. */
  result(): { gainOverMean: number; gainOverCopy: number } {
    const own = psnr(mean(this.own))
    return { gainOverMean: own - psnr(mean(this.blended)), gainOverCopy: own - psnr(mean(this.copied)) }
  }

  private async predict(codes: Int32Array<ArrayBuffer>): Promise<Float32Array> {
    const { frameInfo, actions, pixels } = this.tensors
    this.gpu.write(frameInfo, new Int32Array(frameInfo.length))
    this.gpu.write(actions, codes)
    this.program.run()
    return new Float32Array(await this.gpu.read(pixels), 0, pixels.length)
  }
}
