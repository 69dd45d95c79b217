// What ground, walls and ledges are made of: textures that go on beyond their edges, tiles, and small things that lie about.

import { Canvas } from '../drawing/canvas.ts'
import { noisePicture } from '../drawing/noise.ts'
import { between, brightness, darker, lighter, oneOf, within } from '../drawing/palette.ts'
import { type Colour, createRaster, halve, paste, type Raster, recolour, resize } from '../drawing/raster.ts'
import type { Brush } from './brush.ts'

/** A square of texture in about the given colour; cut from a picture `percentCut` times in a hundred. */
export function paintTexture(brush: Brush, size: number, colour: Colour, percentCut: number): Raster {
  const { random } = brush
  const picture = brush.supply.take(percentCut)
  if (picture) {
    const side = Math.max(8, Math.round(Math.min(picture.width, picture.height) * within(random, 0.2, 0.6)))
    const [x, y] = [random.below(picture.width - side + 1), random.below(picture.height - side + 1)]
    const out = createRaster(size, size, colour)
    paste(out, resize(picture, size, size, { x, y, width: side, height: side }), 0, 0)
    return out
  }
  return oneOf(random, [plain, rough, rough, bricks, bricks, planks, pebbles, dots, stripes])(brush, size, colour)
}

type Weave = (brush: Brush, size: number, colour: Colour) => Raster

const plain: Weave = (_, size, colour) => createRaster(size, size, colour)

const rough: Weave = ({ random }, size, colour) => noisePicture(random, size, size, colour, within(random, 8, 45))

const bricks: Weave = ({ random }, size, colour) => {
  const joint = random.chance(60) ? darker(colour, within(random, 0.2, 0.5)) : lighter(colour, within(random, 0.2, 0.5))
  const canvas = Canvas.create(size, size, joint)
  const high = oneOf(random, [4, 4, 8])
  const wide = high * random.between(1, 2)
  const spread = within(random, 0, 0.3)
  for (let y = 0; y < size; y += high)
    for (let x = -wide; x < size; x += wide) {
      const left = x + (((y / high) % 2) * wide) / 2
      canvas.box(
        left,
        y,
        wide - 1,
        high - 1,
        between(colour, oneOf(random, [0x000000, 0xffffff]), spread * within(random, 0, 1)),
      )
    }
  return canvas.raster
}

const planks: Weave = ({ random }, size, colour) => {
  const canvas = Canvas.create(size, size, colour)
  const step = oneOf(random, [4, 8])
  const upright = random.chance(50)
  for (let i = 0; i < size; i += step) {
    const shade = darker(colour, within(random, 0, 0.25))
    const line = darker(colour, 0.45)
    if (upright) {
      canvas.box(i, 0, step, size, shade)
      canvas.box(i, 0, 1, size, line)
    } else {
      canvas.box(0, i, size, step, shade)
      canvas.box(0, i, size, 1, line)
    }
  }
  return canvas.raster
}

const pebbles: Weave = ({ random }, size, colour) => {
  const big = Canvas.create(2 * size, 2 * size, darker(colour, 0.4))
  for (let i = (size * size) / 14; i > 0; i--) {
    const r = within(random, 2, 7)
    const shade = between(colour, oneOf(random, [0x000000, 0xffffff]), within(random, 0, 0.3))
    big.disc(2 * random.below(size), 2 * random.below(size), r, r * 0.8, shade)
  }
  return halve(big.raster)
}

const dots: Weave = ({ random, palette }, size, colour) => {
  const canvas = Canvas.create(size, size, colour)
  const other = between(colour, palette.vivid(), within(random, 0.3, 0.9))
  const step = oneOf(random, [4, 8])
  for (let y = 0; y < size; y += step)
    for (let x = 0; x < size; x += step) canvas.box(x + 1, y + 1, step / 2, step / 2, other)
  return canvas.raster
}

const stripes: Weave = ({ random, palette }, size, colour) => {
  const other = between(colour, palette.vivid(), within(random, 0.2, 0.7))
  const [step, slope] = [oneOf(random, [4, 8, 16]), oneOf(random, [-1, 0, 1, 1])]
  const out = createRaster(size, size, colour)
  recolour(out, (rgb, x, y) =>
    (y + slope * x + 4 * size) % step < step / 2 ? rgb : [other >> 16, (other >> 8) & 255, other & 255],
  )
  return out
}

/** A tile with a line about it or a bevel, for what should look like a block. */
export function paintBlock(brush: Brush, tile: number, colour: Colour): Raster {
  const { random } = brush
  const canvas = new Canvas(paintTexture(brush, tile, colour, 40))
  if (random.chance(75)) {
    const [light, dark] = random.chance(50)
      ? [lighter(colour, 0.45), darker(colour, 0.45)]
      : [darker(colour, 0.6), darker(colour, 0.6)]
    canvas.box(0, 0, tile, 1, light)
    canvas.box(0, 0, 1, tile, light)
    canvas.box(0, tile - 1, tile, 1, dark)
    canvas.box(tile - 1, 0, 1, tile, dark)
  }
  return canvas.raster
}

/** A line that stands out against a colour. */
export const contrast = (colour: Colour): Colour =>
  brightness(colour) > 120 ? darker(colour, 0.75) : lighter(colour, 0.7)
