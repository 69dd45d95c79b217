// Training data: recorded clips, and the tokens of a trained tokenizer, computed when a clip is first used.

import type { Gpu } from '../../gpu/gpu.ts'
import { Program } from '../../gpu/program.ts'
import type { Tensor } from '../../gpu/tensor.ts'
import { rgbaWords } from '../../media/pixels.ts'
import { type Config, codesPerFrame } from '../../model/config.ts'
import { Tokenizer } from '../../model/tokenizer.ts'
import type { ByteSource } from '../../weights/safetensors.ts'
import type { Random } from '../random.ts'

/** Recorded clips of equal length. */
export interface Clips {
  readonly clips: number
  /** Frames per clip. */
  readonly length: number
  /** u8 [count, H, W, 3], RGB: the frames from `first` on. */
  frames(clip: number, first: number, count: number): Promise<Uint8Array>
}

/** Some of the clips, by their indices. */
export const selectClips = (clips: Clips, indices: readonly number[]): Clips => ({
  clips: indices.length,
  length: clips.length,
  frames: (clip, first, count) => clips.frames(indices[clip]!, first, count),
})

/** Consecutive frames of a clip. */
export interface ClipWindow {
  clip: number
  first: number
}

/**
 * Random windows of `frames` frames.
 * @throws RangeError when the clips are shorter
 */
export function sampleWindows({ clips, length }: Clips, random: Random, count: number, frames: number): ClipWindow[] {
  if (frames > length)
    throw new RangeError(
      `the clips have ${length} frames, training needs at least ${frames}: record longer clips or lower --frames`,
    )
  return Array.from({ length: count }, () => ({
    clip: random.integer(clips),
    first: random.integer(length - frames + 1),
  }))
}

/** The frames of windows, u32 [windows · T, H, W] RGBA8. */
export async function readWindows(
  clips: Clips,
  windows: readonly ClipWindow[],
  frames: number,
): Promise<Uint32Array<ArrayBuffer>> {
  return concatenated(
    await Promise.all(windows.map(async ({ clip, first }) => rgbaWords(await clips.frames(clip, first, frames)))),
  )
}

/** Arrays one after another. @param parts at least one */
export function concatenated<A extends Uint32Array | Int32Array | Float32Array | Float64Array>(parts: readonly A[]): A {
  const length = parts.reduce((sum, part) => sum + part.length, 0)
  const all = new (parts[0]!.constructor as new (length: number) => A)(length)
  let at = 0
  for (const part of parts) {
    all.set(part, at)
    at += part.length
  }
  return all
}

/** Frames [n · T, size] of clips of T frames → those without each clip's frame `left`. */
export function withoutFrame<A extends Uint32Array | Int32Array | Float32Array>(
  frames: A,
  T: number,
  size: number,
  left: number,
): A {
  return frames.filter((_, i) => Math.floor(i / size) % T !== left) as A
}

/** The tokens of whole clips by a trained tokenizer, which encodes each clip once. */
export class TokenCache {
  private readonly known = new Map<number, Int32Array>()

  private constructor(
    private readonly gpu: Gpu,
    private readonly clips: Clips,
    private readonly program: Program,
    private readonly pictures: Tensor, // u32 [T, H, W], RGBA8
    private readonly codes: Tensor, // i32 [T · S], with N codebooks [T · S · N]
  ) {}

  /** @throws FormatError as loadWeights does */
  static async load(gpu: Gpu, config: Config, source: ByteSource, clips: Clips): Promise<TokenCache> {
    const tokenizer = await Tokenizer.load(gpu, config, source)
    const { length } = clips
    const program = new Program(gpu, 'tokens of a clip')
    const pictures = gpu.tensor('pictures', [length, config.frame.height, config.frame.width], 'u32')
    const frameInfo = gpu.tensor('frameInfo', [2 + length], 'i32')
    const codes = gpu.tensor('codes', [length * codesPerFrame(config)], 'i32')
    tokenizer.encode(program, pictures, { frameInfo, cache: tokenizer.encoderKvCache(length) }, codes)
    return new TokenCache(gpu, clips, await program.build(), pictures, codes)
  }

  /** Codes of a whole clip, [T · S], with N codebooks [T · S · N]. */
  async get(clip: number): Promise<Int32Array> {
    const known = this.known.get(clip)
    if (known) return known
    this.gpu.write(this.pictures, rgbaWords(await this.clips.frames(clip, 0, this.clips.length)))
    this.program.run()
    const codes = new Int32Array(await this.gpu.read(this.codes)).slice(0, this.codes.length)
    this.known.set(clip, codes)
    return codes
  }
}
