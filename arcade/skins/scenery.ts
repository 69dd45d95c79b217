// What stands before a sky: sun, stars and clouds, ranges of hills, towns and woods, scattered pictures, doodles.

import type { Random } from '../../src/random.ts'
import { Canvas, type Point } from '../drawing/canvas.ts'
import { noise } from '../drawing/noise.ts'
import { between, darker, fraction, lighter, oneOf, within } from '../drawing/palette.ts'
import { type Colour, createRaster, halve, paste, type Raster, resize } from '../drawing/raster.ts'
import type { Brush } from './brush.ts'
import { cutOut } from './supply.ts'

/** A polygon about a point: corners on the sides of its box, in turn. */
export function polygonAbout(random: Random, x: number, y: number, rx: number, ry: number, corners: number): Point[] {
  return Array.from({ length: corners }, (_, i) => {
    const along = (4 * (i + 0.8 * fraction(random))) / corners
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

/** Sun or moon, stars, clouds. */
export function decorateSky({ random, palette }: Brush, out: Raster): void {
  const { width, height } = out
  const big = Canvas.create(2 * width, 2 * height)
  if (random.chance(50))
    for (let i = random.between(10, 60); i > 0; i--) {
      const size = random.between(1, 2)
      big.box(2 * random.below(width), 2 * random.below(height), 2, size, lighter(palette.far(), 0.6))
    }
  const colour = lighter(palette.vivid(), 0.4)
  for (let i = random.below(3); i > 0; i--) {
    const r = within(random, 6, 24)
    big.disc(2 * random.below(width), random.below(height), r, r, colour)
  }
  const cloud = lighter(palette.sky[1], within(random, 0.3, 0.9))
  for (let i = random.below(12); i > 0; i--) {
    const [x, y, size] = [2 * random.below(width), random.below(height), within(random, 6, 16)]
    for (let k = random.between(2, 4); k > 0; k--)
      big.disc(
        x + within(random, -size, size),
        y + within(random, -3, 3),
        size * within(random, 0.6, 1),
        size * 0.5,
        cloud,
      )
  }
  paste(out, halve(big.raster), 0, 0)
}

/** A range of hills or peaks, plain or rough, along the lower edge. */
export function range({ random, palette }: Brush, width: number, height: number): Raster {
  const colour = palette.far()
  const out = createRaster(width, height)
  const base = within(random, 0.3, 0.85) * height
  const line = noise(random, width, 1, oneOf(random, [16, 32, 64]), random.chance(50) ? 0.15 : 0.5)
  const steps = random.chance(20) ? random.between(3, 10) : 1
  const texture = random.chance(35) ? noise(random, width, height, 16, 0.6) : undefined
  const fade = within(random, -0.3, 0.3)
  const snow = random.chance(20) ? random.between(2, 8) : 0
  const amplitude = within(random, 4, 26)
  for (let x = 0; x < width; x++) {
    const top = Math.round(base - amplitude * line[x - (x % steps)])
    for (let y = Math.max(0, top); y < height; y++) {
      const depth = (y - top) / height
      const shade = fade * depth + (texture ? 0.25 * texture[y * width + x] : 0)
      const c = y - top < snow ? lighter(colour, 0.7) : shade < 0 ? darker(colour, -shade) : lighter(colour, shade)
      out.data.set([c >> 16, (c >> 8) & 255, c & 255, 255], 4 * (y * width + x))
    }
  }
  return out
}

/** Houses and towers with lit windows, or trees. */
export function town({ random, palette }: Brush, width: number, height: number): Raster {
  const big = Canvas.create(2 * width, 2 * height)
  const isWood = random.chance(50)
  const [wall, light] = [palette.far(), palette.vivid()]
  const step = random.between(6, 14)
  for (let x = -20; x < 2 * width; x += 2 * step + random.below(30)) {
    const tall = within(random, 0.2, 0.75) * 2 * height
    const top = 2 * height - tall
    const wide = random.between(step, 2 * step)
    const colour = between(wall, palette.far(), 0.4)
    if (!isWood) {
      big.box(x, top, wide, tall, colour)
      if (random.chance(40))
        big.polygon(
          [
            [x - 2, top],
            [x + wide + 2, top],
            [x + wide / 2, top - wide * 0.7],
          ],
          darker(colour, 0.3),
        )
      for (let y = top + 4; y < 2 * height; y += 8)
        for (let w = 4; w < wide - 4; w += 8) if (random.chance(60)) big.box(x + w, y, 4, 4, light)
      continue
    }
    const crown = wide * 0.9
    big.box(x - 2, top, 5, tall, darker(colour, 0.4))
    if (random.chance(50)) big.disc(x, top, crown, crown * within(random, 0.8, 1.4), colour)
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
  return halve(big.raster)
}

/** Pictures here and there, larger ones seldom; where there is no picture, shapes. */
export function scatter({ random, palette, supply }: Brush, out: Raster): void {
  const count = random.between(1, Math.max(2, out.width >> 5))
  for (let i = 0; i < count; i++) {
    const size = Math.min(70, 6 / Math.sqrt(fraction(random) + 0.008))
    const [x, y] = [random.below(out.width), random.below(out.height)]
    const picture = supply.take(85)
    if (picture) {
      const thing = cutOut(random, picture)
      const scale = size / Math.max(thing.width, thing.height)
      const [w, h] = [thing.width, thing.height].map(side => Math.max(2, Math.round(side * scale)))
      paste(out, resize(thing, w, h), x - (w >> 1), y - (h >> 1))
      continue
    }
    const side = Math.ceil(size)
    const big = Canvas.create(2 * side, 2 * side)
    const colour = between(palette.vivid(), palette.sky[1], within(random, 0, 0.6))
    if (random.chance(40)) big.disc(side, side, side, side * within(random, 0.4, 1), colour)
    else big.polygon(polygonAbout(random, side, side, side, side, random.between(3, 7)), colour)
    paste(out, halve(big.raster), x - (side >> 1), y - (side >> 1))
  }
}

/** Strokes of a pen: loops, boxes, lines. */
export function doodle({ random, palette }: Brush, out: Raster): void {
  const { width, height } = out
  const big = Canvas.create(2 * width, 2 * height)
  const ink: Colour = random.chance(50) ? darker(palette.trim, 0.5) : palette.vivid()
  for (let i = random.between(2, 10); i > 0; i--) {
    const [x, y] = [2 * random.below(width), 2 * random.below(height)]
    const [size, pen] = [within(random, 6, 36), within(random, 2, 5)]
    const colour = random.chance(60) ? ink : palette.vivid()
    const kind = random.below(3)
    if (kind === 0) {
      big.disc(x, y, size, size, colour)
      big.disc(x, y, size - pen, size - pen, palette.sky[1])
    } else if (kind === 1) {
      const corners: Point[] = [
        [x, y],
        [x + size, y],
        [x + size, y + size],
        [x, y + size],
        [x, y],
      ]
      big.line(corners, pen, colour)
    } else {
      const points: Point[] = [[x, y]]
      for (let k = random.between(1, 6); k > 0; k--) {
        const [px, py] = points[points.length - 1]
        points.push([px + within(random, -size, size), py + within(random, -size, size)])
      }
      big.line(points, pen, colour)
    }
  }
  paste(out, halve(big.raster), 0, 0)
}
