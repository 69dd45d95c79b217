// Infers the latent actions of recorded frames. The dynamics trains on them, and they can be played.

import type { Gpu } from '../gpu/gpu.ts'
import { Program } from '../gpu/program.ts'
import type { Tensor } from '../gpu/tensor.ts'
import { rgbaWords } from '../media/pixels.ts'
import type { OpenFile } from '../weights/model_source.ts'
import type { Config } from './config.ts'
import { LatentActionModel } from './latent_action.ts'
import { Tokenizer } from './tokenizer.ts'

export class ActionInference {
  private constructor(
    private readonly gpu: Gpu,
    private readonly program: Program,
    private readonly pictures: Tensor, // u32 [chunk, H, W], RGBA8
    private readonly frameInfo: Tensor, // i32 [2 + chunk]: index of the first frame, seed, actions
    private readonly codes: Tensor, // i32 [chunk]
  ) {}

  /**
   * Loads the latent action model, and the tokenizer if the model's input is tokens.
   * @param chunk frames per forward pass: more are faster and take more memory
   * @throws FormatError as loadWeights does
   */
  static async load(gpu: Gpu, config: Config, open: OpenFile, chunk = 1): Promise<ActionInference> {
    const { height, width } = config.frame
    const model = await LatentActionModel.load(gpu, config, await open('latent_action.safetensors'))
    const program = new Program(gpu, 'latent action')
    const pictures = gpu.tensor('pictures', [chunk, height, width], 'u32')
    const frameInfo = gpu.tensor('frameInfo', [2 + chunk], 'i32')
    const codes = gpu.tensor('actions', [chunk], 'i32')
    let frames = pictures
    if (config.latent_action.input === 'tokens') {
      const tokenizer = await Tokenizer.load(gpu, config, await open('tokenizer.safetensors'))
      frames = gpu.tensor('tokens', [chunk * tokenizer.tokensPerFrame], 'i32')
      tokenizer.encode(program, pictures, { frameInfo, cache: tokenizer.encoderKvCache(chunk) }, frames)
    }
    model.encode(program, frames, { frameInfo, cache: model.encoderKvCache(chunk) }, codes)
    return new ActionInference(gpu, await program.build(), pictures, frameInfo, codes)
  }

  /**
   * frames u8 [T, H, W, 3] of one clip → i32 [T − 1]: action t leads from frame t to frame t + 1.
   * @throws RangeError when the bytes are not a whole number of frames
   */
  async infer(frames: Uint8Array): Promise<Int32Array<ArrayBuffer>> {
    const chunk = this.codes.length
    const pixels = this.pictures.length / chunk
    const count = frames.length / (3 * pixels)
    if (!Number.isInteger(count))
      throw new RangeError(`${frames.length} bytes are not a whole number of frames of ${pixels} pixels`)
    const actions = new Int32Array(Math.max(count - 1, 0))
    for (let t = 0; t < count; t += chunk) {
      const last = Math.min(t + chunk, count)
      this.gpu.write(this.frameInfo, Int32Array.of(t, 0))
      this.gpu.write(this.pictures, rgbaWords(frames.subarray(3 * t * pixels, 3 * last * pixels)))
      this.program.run()
      if (last < 2) continue
      const codes = new Int32Array(await this.gpu.read(this.codes))
      // The action into a clip's first frame is unknown.
      for (let i = Math.max(t, 1); i < last; i++) actions[i - 1] = codes[i - t]!
    }
    return actions
  }
}
