// Scenery of background layers: sun, stars, clouds, hills, houses, trees, scattered pictures, pen strokes.

import type { Pcg } from '../../src/random.ts'
import { Canvas, type Point } from '../drawing/canvas.ts'
import { fractalNoise } from '../drawing/noise.ts'
import { darken, lighten, mixColours } from '../drawing/palette.ts'
import { choose, random01, uniform } from '../drawing/random_choice.ts'
import { type Colour, createRaster, downsample2x, paste, type Raster, resize } from '../drawing/raster.ts'
import { cutOut } from './picture_sampler.ts'
import type { SkinContext } from './skin_context.ts'

/** A random polygon around (x, y) within ±rx, ±ry. */
export function randomPolygon(random: Pcg, x: number, y: number, rx: number, ry: number, corners: number): Point[] {
  return Array.from({ length: corners }, (_, i) => {
    const along = (4 * (i + 0.8 * random01(random))) / corners
    const [side, t] = [Math.floor(along), 2 * (along % 1) - 1]
    const [u, v] = [
      [t, -1],
      [1, t],
      [-t, 1],
      [-1, -t],
    ][side]
    return [x + rx * u, y + ry * v] as const
  })
}

/** Draws stars, suns or moons, and clouds. */
export function drawSky({ random, palette }: SkinContext, out: Raster): void {
  const { width, height } = out
  const big = Canvas.create(2 * width, 2 * height)
  if (random.chance(50))
    for (let i = random.between(10, 60); i > 0; i--) {
      const size = random.between(1, 2)
      big.rect(2 * random.below(width), 2 * random.below(height), 2, size, lighten(palette.distant(), 0.6))
    }
  const colour = lighten(palette.accent(), 0.4)
  for (let i = random.below(3); i > 0; i--) {
    const r = uniform(random, 6, 24)
    big.ellipse(2 * random.below(width), random.below(height), r, r, colour)
  }
  const cloud = lighten(palette.sky[1], uniform(random, 0.3, 0.9))
  for (let i = random.below(12); i > 0; i--) {
    const [x, y, size] = [2 * random.below(width), random.below(height), uniform(random, 6, 16)]
    for (let k = random.between(2, 4); k > 0; k--)
      big.ellipse(
        x + uniform(random, -size, size),
        y + uniform(random, -3, 3),
        size * uniform(random, 0.6, 1),
        size * 0.5,
        cloud,
      )
  }
  paste(out, downsample2x(big.raster), 0, 0)
}

/** A transparent layer with a range of hills, plain or textured. */
export function drawHills({ random, palette }: SkinContext, width: number, height: number): Raster {
  const colour = palette.distant()
  const out = createRaster(width, height)
  const base = uniform(random, 0.3, 0.85) * height
  const line = fractalNoise(random, width, 1, choose(random, [16, 32, 64]), random.chance(50) ? 0.15 : 0.5)
  const steps = random.chance(20) ? random.between(3, 10) : 1
  const texture = random.chance(35) ? fractalNoise(random, width, height, 16, 0.6) : undefined
  const fade = uniform(random, -0.3, 0.3)
  const snow = random.chance(20) ? random.between(2, 8) : 0
  const amplitude = uniform(random, 4, 26)
  for (let x = 0; x < width; x++) {
    const top = Math.round(base - amplitude * line[x - (x % steps)])
    for (let y = Math.max(0, top); y < height; y++) {
      const depth = (y - top) / height
      const shade = fade * depth + (texture ? 0.25 * texture[y * width + x] : 0)
      const c = y - top < snow ? lighten(colour, 0.7) : shade < 0 ? darken(colour, -shade) : lighten(colour, shade)
      out.data.set([c >> 16, (c >> 8) & 255, c & 255, 255], 4 * (y * width + x))
    }
  }
  return out
}

/** A transparent layer of houses with lit windows, or of trees. */
export function drawTown({ random, palette }: SkinContext, width: number, height: number): Raster {
  const big = Canvas.create(2 * width, 2 * height)
  const isWood = random.chance(50)
  const [wall, light] = [palette.distant(), palette.accent()]
  const step = random.between(6, 14)
  for (let x = -20; x < 2 * width; x += 2 * step + random.below(30)) {
    const tall = uniform(random, 0.2, 0.75) * 2 * height
    const top = 2 * height - tall
    const wide = random.between(step, 2 * step)
    const colour = mixColours(wall, palette.distant(), 0.4)
    if (!isWood) {
      big.rect(x, top, wide, tall, colour)
      if (random.chance(40))
        big.polygon(
          [
            [x - 2, top],
            [x + wide + 2, top],
            [x + wide / 2, top - wide * 0.7],
          ],
          darken(colour, 0.3),
        )
      for (let y = top + 4; y < 2 * height; y += 8)
        for (let w = 4; w < wide - 4; w += 8) if (random.chance(60)) big.rect(x + w, y, 4, 4, light)
      continue
    }
    const crown = wide * 0.9
    big.rect(x - 2, top, 5, tall, darken(colour, 0.4))
    if (random.chance(50)) big.ellipse(x, top, crown, crown * uniform(random, 0.8, 1.4), colour)
    else
      big.polygon(
        [
          [x - crown, top + crown],
          [x + crown, top + crown],
          [x, top - crown],
        ],
        colour,
      )
  }
  return downsample2x(big.raster)
}

/** Draws pictures, or shapes where there are none, at random places. Sizes follow a power law. */
export function scatterPictures({ random, palette, pictures }: SkinContext, out: Raster): void {
  const count = random.between(1, Math.max(2, out.width >> 5))
  for (let i = 0; i < count; i++) {
    const size = Math.min(70, 6 / Math.sqrt(random01(random) + 0.008))
    const [x, y] = [random.below(out.width), random.below(out.height)]
    const picture = pictures.sample(85)
    if (picture) {
      const thing = cutOut(random, picture)
      const scale = size / Math.max(thing.width, thing.height)
      const [w, h] = [thing.width, thing.height].map(side => Math.max(2, Math.round(side * scale)))
      paste(out, resize(thing, w, h), x - (w >> 1), y - (h >> 1))
      continue
    }
    const side = Math.ceil(size)
    const big = Canvas.create(2 * side, 2 * side)
    const colour = mixColours(palette.accent(), palette.sky[1], uniform(random, 0, 0.6))
    if (random.chance(40)) big.ellipse(side, side, side, side * uniform(random, 0.4, 1), colour)
    else big.polygon(randomPolygon(random, side, side, side, side, random.between(3, 7)), colour)
    paste(out, downsample2x(big.raster), x - (side >> 1), y - (side >> 1))
  }
}

/** Draws pen strokes: circles, boxes, lines. */
export function drawDoodles({ random, palette }: SkinContext, out: Raster): void {
  const { width, height } = out
  const big = Canvas.create(2 * width, 2 * height)
  const ink: Colour = random.chance(50) ? darken(palette.trim, 0.5) : palette.accent()
  for (let i = random.between(2, 10); i > 0; i--) {
    const [x, y] = [2 * random.below(width), 2 * random.below(height)]
    const [size, pen] = [uniform(random, 6, 36), uniform(random, 2, 5)]
    const colour = random.chance(60) ? ink : palette.accent()
    const kind = random.below(3)
    if (kind === 0) {
      big.ellipse(x, y, size, size, colour)
      big.ellipse(x, y, size - pen, size - pen, palette.sky[1])
    } else if (kind === 1) {
      const corners: Point[] = [
        [x, y],
        [x + size, y],
        [x + size, y + size],
        [x, y + size],
        [x, y],
      ]
      big.polyline(corners, pen, colour)
    } else {
      const points: Point[] = [[x, y]]
      for (let k = random.between(1, 6); k > 0; k--) {
        const [px, py] = points[points.length - 1]
        points.push([px + uniform(random, -size, size), py + uniform(random, -size, size)])
      }
      big.polyline(points, pen, colour)
    }
  }
  paste(out, downsample2x(big.raster), 0, 0)
}
