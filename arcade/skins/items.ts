// Sprites of items: spikes, plants, coins.
import { Canvas, type Point } from '../drawing/canvas.ts'
import { darken, lighten, mixColours } from '../drawing/palette.ts'
import { choose, uniform } from '../drawing/random_choice.ts'
import { type Raster, resize } from '../drawing/raster.ts'
import { cutOut, isOpaque } from './picture_sampler.ts'
import type { SkinContext } from './skin_context.ts'

/** Spikes, thorns or flames, one tile. */
export function paintSpikes({ random, palette }: SkinContext, tile: number): Raster {
  const big = Canvas.create(4 * tile, 4 * tile)
  const colour = choose(random, [0xe8ecf4, 0xff5020, 0x303038, palette.accent()])
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
      darken(colour, 0.3),
    )
  }
  return resize(big.raster, tile, tile)
}

/** A decoration that stands on the ground: a plant, a tree, a stone or a picture. */
export function paintPlant(context: SkinContext, tile: number): Raster {
  const { random, palette } = context
  const size = Math.round(tile * uniform(random, 0.7, 2))
  const picture = context.pictures.sample(60)
  if (picture) {
    const thing = isOpaque(picture) ? cutOut(random, picture) : picture
    return resize(thing, Math.max(3, Math.round(Math.min(1.5 * size, (thing.width * size) / thing.height))), size)
  }
  const big = Canvas.create(4 * size, 4 * size)
  const colour = random.chance(60) ? mixColours(palette.trim, palette.accent(), 0.4) : palette.accent()
  const [x, bottom] = [2 * size, 4 * size]
  const kind = random.below(4)
  if (kind === 0)
    for (let i = 0; i < 4; i++)
      big.polyline(
        [
          [x, bottom],
          [x + uniform(random, -1.6, 1.6) * size, uniform(random, 0.4, 2.5) * size],
        ] as Point[],
        size * 0.3,
        colour,
      )
  else if (kind === 1) {
    big.polyline(
      [
        [x, bottom],
        [x, size],
      ],
      size * 0.3,
      darken(colour, 0.4),
    )
    big.ellipse(x, size * 1.2, size * 1.1, size * 1.1, colour)
    big.ellipse(x, size * 1.2, size * 0.5, size * 0.5, palette.accent())
  } else if (kind === 2) big.ellipse(x, bottom, size * 1.8, size * 2, colour)
  else {
    big.rect(x - size * 0.3, size, size * 0.6, 3 * size, darken(colour, 0.5))
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

/** The frames of a coin, gem, star, heart or picture: four if it spins, else one. */
export function paintCoin(context: SkinContext, tile: number): Raster[] {
  const { random, palette } = context
  const size = Math.max(4, Math.round(tile * uniform(random, 0.55, 0.95)))
  const turns = random.chance(50) ? [1, 0.7, 0.3, 0.7] : [1]
  const picture = context.pictures.sample(40)
  const colour = choose(random, [0xffd23c, 0xffd23c, palette.accent()])
  const kind = random.below(4)
  const draw = (): Raster => {
    if (picture) return cutOut(random, picture)
    const big = Canvas.create(4 * size, 4 * size)
    const c = 2 * size
    const [edge, light] = [darken(colour, 0.4), lighten(colour, 0.6)]
    if (kind === 0) {
      big.ellipse(c, c, c, c, edge)
      big.ellipse(c, c, 0.75 * c, 0.75 * c, colour)
      big.rect(0.75 * c, 0.5 * c, 0.3 * c, c, light)
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
      for (const x of [0.55, 1.45]) big.ellipse(x * c, 0.6 * c, 0.55 * c, 0.55 * c, colour)
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
