// Textures of ground and walls, and block tiles. Drawn textures repeat at multiples of 4, 8 or 16 pixels.

import { Canvas } from '../drawing/canvas.ts'
import { noiseTexture } from '../drawing/noise.ts'
import { darken, lighten, luma, mixColours } from '../drawing/palette.ts'
import { choose, uniform } from '../drawing/random_choice.ts'
import { type Colour, createRaster, downsample2x, mapColours, paste, type Raster, resize } from '../drawing/raster.ts'
import type { SkinContext } from './skin_context.ts'

/** A square texture around a colour; with a chance of `percentCut` % a crop of a picture instead. */
export function paintTexture(context: SkinContext, size: number, colour: Colour, percentCut: number): Raster {
  const { random } = context
  const picture = context.pictures.sample(percentCut)
  if (picture) {
    const side = Math.max(8, Math.round(Math.min(picture.width, picture.height) * uniform(random, 0.2, 0.6)))
    const [x, y] = [random.below(picture.width - side + 1), random.below(picture.height - side + 1)]
    const out = createRaster(size, size, colour)
    paste(out, resize(picture, size, size, { x, y, width: side, height: side }), 0, 0)
    return out
  }
  return choose(random, [plain, rough, rough, bricks, bricks, planks, pebbles, dots, stripes])(context, size, colour)
}

type TexturePainter = (context: SkinContext, size: number, colour: Colour) => Raster

const plain: TexturePainter = (_, size, colour) => createRaster(size, size, colour)

const rough: TexturePainter = ({ random }, size, colour) =>
  noiseTexture(random, size, size, colour, uniform(random, 8, 45))

const bricks: TexturePainter = ({ random }, size, colour) => {
  const joint = random.chance(60)
    ? darken(colour, uniform(random, 0.2, 0.5))
    : lighten(colour, uniform(random, 0.2, 0.5))
  const canvas = Canvas.create(size, size, joint)
  const high = choose(random, [4, 4, 8])
  const wide = high * random.between(1, 2)
  const spread = uniform(random, 0, 0.3)
  for (let y = 0; y < size; y += high)
    for (let x = -wide; x < size; x += wide) {
      const left = x + (((y / high) % 2) * wide) / 2
      canvas.rect(
        left,
        y,
        wide - 1,
        high - 1,
        mixColours(colour, choose(random, [0x000000, 0xffffff]), spread * uniform(random, 0, 1)),
      )
    }
  return canvas.raster
}

const planks: TexturePainter = ({ random }, size, colour) => {
  const canvas = Canvas.create(size, size, colour)
  const step = choose(random, [4, 8])
  const upright = random.chance(50)
  for (let i = 0; i < size; i += step) {
    const shade = darken(colour, uniform(random, 0, 0.25))
    const line = darken(colour, 0.45)
    if (upright) {
      canvas.rect(i, 0, step, size, shade)
      canvas.rect(i, 0, 1, size, line)
    } else {
      canvas.rect(0, i, size, step, shade)
      canvas.rect(0, i, size, 1, line)
    }
  }
  return canvas.raster
}

const pebbles: TexturePainter = ({ random }, size, colour) => {
  const big = Canvas.create(2 * size, 2 * size, darken(colour, 0.4))
  for (let i = (size * size) / 14; i > 0; i--) {
    const r = uniform(random, 2, 7)
    const shade = mixColours(colour, choose(random, [0x000000, 0xffffff]), uniform(random, 0, 0.3))
    big.ellipse(2 * random.below(size), 2 * random.below(size), r, r * 0.8, shade)
  }
  return downsample2x(big.raster)
}

const dots: TexturePainter = ({ random, palette }, size, colour) => {
  const canvas = Canvas.create(size, size, colour)
  const other = mixColours(colour, palette.accent(), uniform(random, 0.3, 0.9))
  const step = choose(random, [4, 8])
  for (let y = 0; y < size; y += step)
    for (let x = 0; x < size; x += step) canvas.rect(x + 1, y + 1, step / 2, step / 2, other)
  return canvas.raster
}

const stripes: TexturePainter = ({ random, palette }, size, colour) => {
  const other = mixColours(colour, palette.accent(), uniform(random, 0.2, 0.7))
  const [step, slope] = [choose(random, [4, 8, 16]), choose(random, [-1, 0, 1, 1])]
  const out = createRaster(size, size, colour)
  mapColours(out, (rgb, x, y) =>
    (y + slope * x + 4 * size) % step < step / 2 ? rgb : [other >> 16, (other >> 8) & 255, other & 255],
  )
  return out
}

/** A block tile, mostly with a bevel or a border. */
export function paintBlock(context: SkinContext, tile: number, colour: Colour): Raster {
  const { random } = context
  const canvas = new Canvas(paintTexture(context, tile, colour, 40))
  if (random.chance(75)) {
    const [light, dark] = random.chance(50)
      ? [lighten(colour, 0.45), darken(colour, 0.45)]
      : [darken(colour, 0.6), darken(colour, 0.6)]
    canvas.rect(0, 0, tile, 1, light)
    canvas.rect(0, 0, 1, tile, light)
    canvas.rect(0, tile - 1, tile, 1, dark)
    canvas.rect(tile - 1, 0, 1, tile, dark)
  }
  return canvas.raster
}

/** A line colour that contrasts with `colour`. */
export const contrast = (colour: Colour): Colour => (luma(colour) > 120 ? darken(colour, 0.75) : lighten(colour, 0.7))
