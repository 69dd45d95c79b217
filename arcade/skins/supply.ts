// The pictures that one skin is cut from: a few drawn from a source, each changed a little as it is taken.

import type { Random } from '../../src/random.ts'
import { fraction, within } from '../drawing/palette.ts'
import { contents, createRaster, mirror, type Raster, recolour, resize } from '../drawing/raster.ts'

/** Any pictures. `index` goes from 0 to count − 1. */
export interface PictureSource {
  readonly count: number
  /** At most 128 pixels a side; undefined where a picture is of no use (unreadable, or hardly anything on it). */
  picture(index: number): Promise<Raster | undefined>
}

const SHELF = 8 // pictures a skin
const TRIES = 24

export class Supply {
  private taken = 0

  private constructor(
    private readonly random: Random,
    private readonly shelf: readonly Raster[],
  ) {}

  /** A skin's pictures. An empty shelf, so that all is drawn, where there is no source, and in one skin of four. */
  static async open(random: Random, source: PictureSource | undefined): Promise<Supply> {
    const shelf: Raster[] = []
    if (random.chance(25)) return new Supply(random, shelf)
    for (let tries = 0; source && shelf.length < Math.min(SHELF, source.count) && tries < TRIES; tries++) {
      const picture = await source.picture(random.below(source.count))
      if (picture) shelf.push(picture)
    }
    return new Supply(random, shelf)
  }

  /** The next picture `percent` times in a hundred, mirrored or in other colours at times; undefined otherwise. */
  take(percent: number): Raster | undefined {
    const { random, shelf } = this
    if (shelf.length === 0 || !random.chance(percent)) return undefined
    const picture = shelf[this.taken++ % shelf.length]
    const turned = random.chance(50) ? mirror(picture) : { ...picture, data: picture.data.slice() }
    if (random.chance(50)) shiftColours(random, turned)
    return turned
  }
}

/** Permutes the channels, inverts, or fades towards gray. */
export function shiftColours(random: Random, picture: Raster): void {
  const first = random.below(3)
  const second = (first + 1 + random.below(2)) % 3
  const order = [first, second, 3 - first - second]
  const inverted = random.chance(15)
  const fade = random.chance(20) ? fraction(random) : 0
  recolour(picture, rgb => {
    const gray = (rgb[0] + 2 * rgb[1] + rgb[2]) / 4
    const channel = (c: number) => {
      const value = rgb[order[c]] + (gray - rgb[order[c]]) * fade
      return inverted ? 255 - value : value
    }
    return [channel(0), channel(1), channel(2)]
  })
}

/** Whether a picture fills its rectangle: a photograph, not a thing that stands alone. */
export function isOpaque({ data }: Raster): boolean {
  let clear = 0
  for (let i = 3; i < data.length; i += 4) if (data[i] < 128) clear++
  return clear < data.length / 4 / 12
}

/** A picture as a thing that stands alone: margins cut off; of an opaque one, an oval from its middle. */
export function cutOut(random: Random, picture: Raster): Raster {
  if (!isOpaque(picture)) {
    const box = contents(picture)
    return box ? resize(picture, box.width, box.height, box) : picture
  }
  const part = within(random, 0.35, 0.8)
  const side = Math.max(4, Math.round(Math.min(picture.width, picture.height) * part))
  const out = createRaster(side, side)
  const left = random.below(picture.width - side + 1)
  const top = random.below(picture.height - side + 1)
  for (let y = 0; y < side; y++)
    for (let x = 0; x < side; x++) {
      const [u, v] = [(2 * x + 1) / side - 1, (2 * y + 1) / side - 1]
      if (u ** 4 + v ** 4 > 1) continue
      const from = 4 * ((top + y) * picture.width + left + x)
      out.data.set(picture.data.subarray(from, from + 4), 4 * (y * side + x))
    }
  return out
}
