// What ground, walls and ledges are made of: textures that go on beyond their edges, tiles, and small things that lie about.

import { Canvas, type Point } from '../drawing/canvas.ts'
import { noisePicture } from '../drawing/noise.ts'
import { between, brightness, darker, lighter, oneOf, within } from '../drawing/palette.ts'
import { type Colour, createRaster, halve, paste, type Raster, recolour, resize } from '../drawing/raster.ts'
import type { Brush } from './backgrounds.ts'
import { cutOut, isOpaque } from './supply.ts'

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

/** Spikes, thorns or flames that fill a tile's lower part. */
export function paintSpikes({ random, palette }: Brush, tile: number): Raster {
  const big = Canvas.create(4 * tile, 4 * tile)
  const colour = oneOf(random, [0xe8ecf4, 0xff5020, 0x303038, palette.vivid()])
  const teeth = random.between(2, 3)
  for (let i = 0; i < teeth; i++) {
    const [left, right] = [(4 * tile * i) / teeth, (4 * tile * (i + 1)) / teeth]
    big.polygon(
      [
        [left, 4 * tile],
        [right, 4 * tile],
        [(left + right) / 2, tile * 0.8],
      ],
      colour,
    )
    big.polygon(
      [
        [(left + right) / 2, 4 * tile],
        [right, 4 * tile],
        [(left + right) / 2, tile * 0.8],
      ],
      darker(colour, 0.3),
    )
  }
  return resize(big.raster, tile, tile)
}

/** Something that grows or lies on the ground and is in nobody's way. */
export function paintPlant(brush: Brush, tile: number): Raster {
  const { random, palette } = brush
  const size = Math.round(tile * within(random, 0.7, 2))
  const picture = brush.supply.take(60)
  if (picture) {
    const thing = isOpaque(picture) ? cutOut(random, picture) : picture
    return resize(thing, Math.max(3, Math.round(Math.min(1.5 * size, (thing.width * size) / thing.height))), size)
  }
  const big = Canvas.create(4 * size, 4 * size)
  const colour = random.chance(60) ? between(palette.trim, palette.vivid(), 0.4) : palette.vivid()
  const [x, bottom] = [2 * size, 4 * size]
  const kind = random.below(4)
  if (kind === 0)
    for (let i = 0; i < 4; i++)
      big.line(
        [
          [x, bottom],
          [x + within(random, -1.6, 1.6) * size, within(random, 0.4, 2.5) * size],
        ] as Point[],
        size * 0.3,
        colour,
      )
  else if (kind === 1) {
    big.line(
      [
        [x, bottom],
        [x, size],
      ],
      size * 0.3,
      darker(colour, 0.4),
    )
    big.disc(x, size * 1.2, size * 1.1, size * 1.1, colour)
    big.disc(x, size * 1.2, size * 0.5, size * 0.5, palette.vivid())
  } else if (kind === 2) big.disc(x, bottom, size * 1.8, size * 2, colour)
  else {
    big.box(x - size * 0.3, size, size * 0.6, 3 * size, darker(colour, 0.5))
    big.polygon(
      [
        [x - 1.6 * size, 3 * size],
        [x + 1.6 * size, 3 * size],
        [x, 0],
      ],
      colour,
    )
  }
  return resize(big.raster, size, size)
}

/** A coin, gem, star, heart or picture, in the frames of a turn (one, where it does not turn). */
export function paintCoin(brush: Brush, tile: number): Raster[] {
  const { random, palette } = brush
  const size = Math.max(4, Math.round(tile * within(random, 0.55, 0.95)))
  const turns = random.chance(50) ? [1, 0.7, 0.3, 0.7] : [1]
  const picture = brush.supply.take(40)
  const colour = oneOf(random, [0xffd23c, 0xffd23c, palette.vivid()])
  const kind = random.below(4)
  const draw = (): Raster => {
    if (picture) return cutOut(random, picture)
    const big = Canvas.create(4 * size, 4 * size)
    const c = 2 * size
    const [edge, light] = [darker(colour, 0.4), lighter(colour, 0.6)]
    if (kind === 0) {
      big.disc(c, c, c, c, edge)
      big.disc(c, c, 0.75 * c, 0.75 * c, colour)
      big.box(0.75 * c, 0.5 * c, 0.3 * c, c, light)
    } else if (kind === 1) {
      big.polygon(
        [
          [c, 0],
          [2 * c, c],
          [c, 2 * c],
          [0, c],
        ],
        colour,
      )
      big.polygon(
        [
          [c, 0],
          [2 * c, c],
          [c, c],
        ],
        light,
      )
      big.polygon(
        [
          [c, 2 * c],
          [2 * c, c],
          [c, c],
        ],
        edge,
      )
    } else if (kind === 2) {
      const points: Point[] = [
        [1, 0],
        [1.25, 0.75],
        [2, 0.75],
        [1.4, 1.2],
        [1.65, 2],
        [1, 1.5],
        [0.35, 2],
        [0.6, 1.2],
        [0, 0.75],
        [0.75, 0.75],
      ]
      big.polygon(
        points.map(([x, y]) => [x * c, y * c] as const),
        colour,
      )
    } else {
      for (const x of [0.55, 1.45]) big.disc(x * c, 0.6 * c, 0.55 * c, 0.55 * c, colour)
      big.polygon(
        [
          [0.05 * c, 0.8 * c],
          [1.95 * c, 0.8 * c],
          [c, 2 * c],
        ],
        colour,
      )
    }
    return big.raster
  }
  const drawn = draw()
  const fit = size / Math.max(drawn.width, drawn.height)
  return turns.map(part =>
    resize(drawn, Math.max(1, Math.round(drawn.width * fit * part)), Math.max(1, Math.round(drawn.height * fit))),
  )
}

/** A line that stands out against a colour. */
export const contrast = (colour: Colour): Colour =>
  brightness(colour) > 120 ? darker(colour, 0.75) : lighter(colour, 0.7)
