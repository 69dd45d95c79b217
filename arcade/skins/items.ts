// Small things that lie about in a world: spikes, plants, coins.
import { Canvas, type Point } from '../drawing/canvas.ts'
import { between, darker, lighter, oneOf, within } from '../drawing/palette.ts'
import { type Raster, resize } from '../drawing/raster.ts'
import type { Brush } from './brush.ts'
import { cutOut, isOpaque } from './supply.ts'

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
