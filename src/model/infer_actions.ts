// The latent actions of recorded frames: what the dynamics is trained on, and what a world can be replayed with.

import type { Gpu } from '../gpu/gpu.ts'
import { Program } from '../gpu/program.ts'
import type { Tensor } from '../gpu/tensor.ts'
import { rgbaWords } from './bundle.ts'
import type { Config } from './config.ts'
import { LatentActionModel } from './latent_action.ts'
import { Tokenizer } from './tokenizer.ts'
import type { OpenComponent } from './validate.ts'

export class ActionReader {
  private constructor(
    private readonly gpu: Gpu,
    private readonly program: Program,
    private readonly picture: Tensor, // u32 [1, H, W], RGBA8
    private readonly clock: Tensor, // i32 [3]: frame, cache slot, action
    private readonly code: Tensor, // i32 [1]
  ) {}

  /**
   * Loads the latent action model, and the tokenizer where that sees tokens.
   * @throws FormatError as loadWeights does
   */
  static async load(gpu: Gpu, config: Config, open: OpenComponent): Promise<ActionReader> {
    const { height, width } = config.frame
    const model = await LatentActionModel.load(gpu, config, await open('latent_action.safetensors'))
    const program = new Program(gpu, 'latent action')
    const picture = gpu.tensor('picture', [1, height, width], 'u32')
    const clock = gpu.tensor('clock', [3], 'i32')
    const code = gpu.tensor('action', [1], 'i32')
    let frame = picture
    if (config.latent_action.input === 'tokens') {
      const tokenizer = await Tokenizer.load(gpu, config, await open('tokenizer.safetensors'))
      frame = model.frame()
      tokenizer.encode(program, picture, { clock, history: tokenizer.encoderHistory(1) }, frame)
    }
    model.encode(program, frame, { clock, history: model.encoderHistory(1) }, code)
    return new ActionReader(gpu, await program.build(), picture, clock, code)
  }

  /**
   * frames u8 [T, H, W, 3] of one clip → i32 [T − 1], the action that leads from each to the next.
   * @throws RangeError when the bytes are no whole number of frames
   */
  async read(frames: Uint8Array): Promise<Int32Array<ArrayBuffer>> {
    const pixels = this.picture.length
    const count = frames.length / (3 * pixels)
    if (!Number.isInteger(count))
      throw new RangeError(`${frames.length} bytes are no whole number of frames of ${pixels} pixels`)
    const actions = new Int32Array(Math.max(count - 1, 0))
    for (let t = 0; t < count; t++) {
      this.gpu.write(this.clock, new Int32Array([t, 0, -1]))
      this.gpu.write(this.picture, rgbaWords(frames.subarray(3 * t * pixels, 3 * (t + 1) * pixels)))
      this.program.run()
      if (t > 0) actions[t - 1] = new Int32Array(await this.gpu.read(this.code))[0]
    }
    return actions
  }
}
