// Where batches come from: recorded clips, and the tokens that a trained tokenizer makes of them, computed when a clip is first drawn.

import type { Gpu } from '../../gpu/gpu.ts'
import { Program } from '../../gpu/program.ts'
import type { Tensor } from '../../gpu/tensor.ts'
import { rgbaWords } from '../../media/pixels.ts'
import type { Config } from '../../model/config.ts'
import { Tokenizer } from '../../model/tokenizer.ts'
import type { ByteSource } from '../../weights/safetensors.ts'
import type { Random } from '../random.ts'

/** Recorded clips of equal length; a file of them is read where it lies. */
export interface Clips {
  readonly clips: number
  /** Frames a clip. */
  readonly length: number
  /** RGB bytes of `count` frames from `first` on. */
  frames(clip: number, first: number, count: number): Promise<Uint8Array>
}

/** A stretch of a clip. */
export interface ClipWindow {
  clip: number
  first: number
}

/**
 * Stretches by chance that cross no cut.
 * @throws RangeError when the clips are shorter
 */
export function sampleWindows({ clips, length }: Clips, random: Random, count: number, frames: number): ClipWindow[] {
  if (frames > length) throw new RangeError(`the clips have ${length} frames, training wants ${frames} on end`)
  return Array.from({ length: count }, () => ({
    clip: random.integer(clips),
    first: random.integer(length - frames + 1),
  }))
}

/** The frames at those places one after another, as words of RGBA. */
export async function readWindows(
  clips: Clips,
  places: readonly ClipWindow[],
  frames: number,
): Promise<Uint32Array<ArrayBuffer>> {
  const parts = await Promise.all(
    places.map(async ({ clip, first }) => rgbaWords(await clips.frames(clip, first, frames))),
  )
  const all = new Uint32Array(parts.reduce((sum, part) => sum + part.length, 0))
  let at = 0
  for (const part of parts) {
    all.set(part, at)
    at += part.length
  }
  return all
}

/** A trained tokenizer over whole clips, each encoded once. */
export class TokenCache {
  private readonly known = new Map<number, Int32Array>()

  private constructor(
    private readonly gpu: Gpu,
    private readonly clips: Clips,
    private readonly program: Program,
    private readonly pictures: Tensor, // u32 [T, H, W], RGBA8
    private readonly codes: Tensor, // i32 [T · S]
  ) {}

  static async load(gpu: Gpu, config: Config, source: ByteSource, clips: Clips): Promise<TokenCache> {
    const tokenizer = await Tokenizer.load(gpu, config, source)
    const { length } = clips
    const program = new Program(gpu, 'tokens of a clip')
    const pictures = gpu.tensor('pictures', [length, config.frame.height, config.frame.width], 'u32')
    const clock = gpu.tensor('clock', [2 + length], 'i32')
    const codes = gpu.tensor('codes', [length * tokenizer.tokens], 'i32')
    tokenizer.encode(program, pictures, { frameInfo: clock, cache: tokenizer.encoderKvCache(length) }, codes)
    return new TokenCache(gpu, clips, await program.build(), pictures, codes)
  }

  /** Codes [T · S] of a whole clip. */
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
