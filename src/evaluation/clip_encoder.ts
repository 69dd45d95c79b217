// Encodes clips: a clip's codes, their reconstruction, and its latent actions. It takes many frames per forward pass, with the past in
// KV caches (docs/model.md §1).
import type { Gpu } from '../gpu/gpu.ts'
import { Program } from '../gpu/program.ts'
import type { Tensor } from '../gpu/tensor.ts'
import { rgbaWords } from '../media/pixels.ts'
import type { ActionModel, VideoTokenizer } from '../model/component_types.ts'
import { codesPerFrame } from '../model/config.ts'

/** Tokens per forward pass, about. More take more memory and little less time. */
const PASS_TOKENS = 4096

/** A clip of T frames. */
interface EncodedClip {
  codes: Int32Array // [T · S], with N codebooks [T · S · N]
  pixels: Float32Array // [T, H, W, 3], the reconstruction
  actions: Int32Array | undefined // [T − 1], if there is a latent action model
}

export class ClipEncoder {
  private constructor(
    private readonly gpu: Gpu,
    private readonly program: Program,
    private readonly tensors: { pictures: Tensor; frameInfo: Tensor; codes: Tensor; pixels: Tensor; actions: Tensor },
    private readonly chunk: number,
    private readonly hasActions: boolean,
    private readonly isWindowed: boolean,
  ) {}

  /** @param length frames of the longest clip */
  static async create(gpu: Gpu, tokenizer: VideoTokenizer, latentActionModel: ActionModel | undefined, length: number) {
    const { height, width } = tokenizer.config.frame
    const { windowFrames } = tokenizer
    const chunk = Math.min(length, windowFrames ?? Math.max(1, Math.floor(PASS_TOKENS / tokenizer.tokensPerFrame)))
    const tensors = {
      pictures: gpu.tensor('pictures', [chunk, height, width], 'u32'),
      frameInfo: gpu.tensor('frameInfo', [2 + chunk], 'i32'),
      codes: gpu.tensor('codes', [chunk * codesPerFrame(tokenizer.config)], 'i32'),
      pixels: gpu.tensor('pixels', [chunk, height, width, 3], 'f32'),
      actions: gpu.tensor('actions', [chunk], 'i32'),
    }
    const { pictures, frameInfo, codes, pixels, actions } = tensors
    const p = new Program(gpu, 'encode clip')
    tokenizer.encode(p, pictures, { frameInfo, cache: tokenizer.encoderKvCache(chunk) }, codes)
    tokenizer.decode(p, codes, { frameInfo, cache: tokenizer.decoderKvCache(chunk) }, pixels)
    if (latentActionModel) {
      const input = latentActionModel.config.latent_action.input === 'tokens' ? codes : pictures
      latentActionModel.encode(p, input, { frameInfo, cache: latentActionModel.encoderKvCache(chunk) }, actions)
    }
    return new ClipEncoder(
      gpu,
      await p.build(),
      tensors,
      chunk,
      latentActionModel !== undefined,
      windowFrames !== undefined,
    )
  }

  /** frames u8 [T, H, W, 3] of one clip → codes, reconstruction and latent actions. */
  async encode(frames: Uint8Array): Promise<EncodedClip> {
    const { gpu, chunk, tensors } = this
    const [pixels, tokens] = [tensors.pixels.length / chunk, tensors.codes.length / chunk]
    const length = frames.length / pixels
    const encoded: EncodedClip = {
      codes: new Int32Array(length * tokens),
      pixels: new Float32Array(length * pixels),
      actions: this.hasActions ? new Int32Array(length - 1) : undefined,
    }
    // Each pass begins a new window. Two windows share a frame, so that the action between them is seen.
    const step = this.isWindowed ? Math.max(chunk - 1, 1) : chunk
    for (let t = 0; t === 0 || t + chunk - step < length; t += step) {
      // The last chunk may be partial. Its unused slots hold stale frames, whose outputs are ignored.
      const count = Math.min(chunk, length - t)
      // Frames that the pass before has encoded already.
      const skip = t === 0 ? 0 : chunk - step
      gpu.write(tensors.frameInfo, new Int32Array([this.isWindowed ? 0 : t, 0, ...Array<number>(chunk).fill(-1)]))
      gpu.write(tensors.pictures, rgbaWords(frames.subarray(t * pixels, (t + count) * pixels)))
      this.program.run()
      const codes = new Int32Array(await gpu.read(tensors.codes), 0, count * tokens)
      encoded.codes.set(codes.subarray(skip * tokens), (t + skip) * tokens)
      const drawn = new Float32Array(await gpu.read(tensors.pixels), 0, count * pixels)
      encoded.pixels.set(drawn.subarray(skip * pixels), (t + skip) * pixels)
      const actions = new Int32Array(await gpu.read(tensors.actions), 0, count)
      // No action leads to a clip's first frame.
      encoded.actions?.set(t === 0 ? actions.subarray(1) : actions.subarray(skip), t === 0 ? 0 : t + skip - 1)
    }
    return encoded
  }
}
