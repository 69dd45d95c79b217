// The pictures of one skin: a few random ones of a source, flipped and recoloured at random when sampled.

import type { Pcg } from '../../src/random.ts'
import { random01, uniform } from '../drawing/random_choice.ts'
import { createRaster, flipHorizontal, mapColours, opaqueBounds, type Raster, resize } from '../drawing/raster.ts'

/** A collection of pictures with indices 0 … count − 1. */
export interface PictureSource {
  readonly count: number
  /** At most 128×128 pixels. Undefined if the picture is unreadable or almost empty. */
  picture(index: number): Promise<Raster | undefined>
}

const PICTURES_PER_SKIN = 8
const TRIES = 24

export class PictureSampler {
  private taken = 0

  private constructor(
    private readonly random: Pcg,
    private readonly pictures: readonly Raster[],
  ) {}

  /** Loads the pictures of a skin. It has none, so that everything is drawn, without a source and in a quarter of the skins. */
  static async open(random: Pcg, source: PictureSource | undefined): Promise<PictureSampler> {
    const pictures: Raster[] = []
    if (random.chance(25)) return new PictureSampler(random, pictures)
    for (
      let tries = 0;
      source && pictures.length < Math.min(PICTURES_PER_SKIN, source.count) && tries < TRIES;
      tries++
    ) {
      const picture = await source.picture(random.below(source.count))
      if (picture) pictures.push(picture)
    }
    return new PictureSampler(random, pictures)
  }

  /** With a chance of `percent` % the next picture, flipped and recoloured at random; otherwise undefined. */
  sample(percent: number): Raster | undefined {
    const { random, pictures } = this
    if (pictures.length === 0 || !random.chance(percent)) return undefined
    const picture = pictures[this.taken++ % pictures.length]
    const turned = random.chance(50) ? flipHorizontal(picture) : { ...picture, data: picture.data.slice() }
    if (random.chance(50)) shiftColours(random, turned)
    return turned
  }
}

/** Permutes the channels, and at random inverts or desaturates. */
function shiftColours(random: Pcg, picture: Raster): void {
  const first = random.below(3)
  const second = (first + 1 + random.below(2)) % 3
  const order = [first, second, 3 - first - second]
  const inverted = random.chance(15)
  const fade = random.chance(20) ? random01(random) : 0
  mapColours(picture, rgb => {
    const gray = (rgb[0] + 2 * rgb[1] + rgb[2]) / 4
    const channel = (c: number) => {
      const value = rgb[order[c]] + (gray - rgb[order[c]]) * fade
      return inverted ? 255 - value : value
    }
    return [channel(0), channel(1), channel(2)]
  })
}

/** Whether a picture fills its rectangle, as photographs do. */
export function isOpaque({ data }: Raster): boolean {
  let clear = 0
  for (let i = 3; i < data.length; i += 4) if (data[i] < 128) clear++
  return clear < data.length / 4 / 12
}

/** A picture as a sprite: cropped to its opaque pixels, or a rounded crop of an opaque picture. */
export function cutOut(random: Pcg, picture: Raster): Raster {
  if (!isOpaque(picture)) {
    const box = opaqueBounds(picture)
    return box ? resize(picture, box.width, box.height, box) : picture
  }
  const part = uniform(random, 0.35, 0.8)
  const side = Math.max(4, Math.round(Math.min(picture.width, picture.height) * part))
  const out = createRaster(side, side)
  const left = random.below(picture.width - side + 1)
  const top = random.below(picture.height - side + 1)
  for (let y = 0; y < side; y++)
    for (let x = 0; x < side; x++) {
      const [u, v] = [(2 * x + 1) / side - 1, (2 * y + 1) / side - 1]
      if (u * u * u * u + v * v * v * v > 1) continue
      const from = 4 * ((top + y) * picture.width + left + x)
      out.data.set(picture.data.subarray(from, from + 4), 4 * (y * side + x))
    }
  return out
}
