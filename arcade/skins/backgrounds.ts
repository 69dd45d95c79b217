// What a world stands before: skies, hills, towns, noise, dead leaves (which have the statistics of photographs), patterns, doodles,
// whole pictures. A layer is wider than the screen and goes on as its mirror image.

import { Canvas, type Point } from '../drawing/canvas.ts'
import { noise, noisePicture } from '../drawing/noise.ts'
import { between, darker, fraction, lighter, oneOf, type Palette, within } from '../drawing/palette.ts'
import { type Colour, createRaster, halve, paste, type Raster, resize } from '../drawing/raster.ts'
import type { Random } from '../random.ts'
import { cutOut, type Supply } from './supply.ts'

/** What a painter works with. */
export interface Brush {
  random: Random
  palette: Palette
  supply: Supply
}

type Painter = (brush: Brush, width: number, height: number) => Raster

const gradient: Painter = ({ random, palette }, width, height) => {
  const [high, low] = palette.sky
  const bands = random.chance(25) ? random.between(3, 8) : height
  const sideways = random.chance(12)
  const canvas = Canvas.create(width, height)
  const length = sideways ? width : height
  for (let i = 0; i < bands; i++) {
    const colour = between(high, low, i / Math.max(1, bands - 1))
    const [from, to] = [(i * length) / bands, ((i + 1) * length) / bands]
    if (sideways) canvas.box(from, 0, to - from, height, colour)
    else canvas.box(0, from, width, to - from, colour)
  }
  return canvas.raster
}

const flat: Painter = ({ palette }, width, height) => createRaster(width, height, palette.sky[1])

const rough: Painter = ({ random, palette }, width, height) =>
  noisePicture(random, width, height, oneOf(random, palette.sky), within(random, 10, 70))

/** Shapes of power-law sizes over one another, under a light that varies slowly. */
const leaves: Painter = ({ random, palette }, width, height) => {
  const canvas = new Canvas(resize(gradient({ random, palette } as Brush, 8, 16), 2 * width, 2 * height))
  const base = palette.sky[1]
  const spread = within(random, 0.2, 0.8)
  const count = (random.between(20, 140) * width) / 144
  for (let i = 0; i < count; i++) {
    const size = Math.min(80, 4 / Math.sqrt(fraction(random) + 0.002))
    const thick = size * within(random, 0.3, 1)
    const [x, y] = [2 * width * fraction(random), 2 * height * fraction(random)]
    const colour = between(base, palette.vivid(), spread * fraction(random))
    const kind = random.below(10)
    if (kind < 4) canvas.disc(x, y, size, thick, colour)
    else if (kind < 6) canvas.box(x - size, y - thick, 2 * size, 2 * thick, colour)
    else canvas.polygon(star(random, x, y, size, thick, random.between(3, 6)), colour)
  }
  const out = halve(canvas.raster)
  const light = noise(random, width, height, 64, 0.6)
  const strength = within(random, 0, 45)
  for (let i = 0; i < width * height; i++)
    for (let c = 0; c < 3; c++)
      out.data[4 * i + c] = Math.max(0, Math.min(255, out.data[4 * i + c] + strength * light[i]))
  return out
}

/** A polygon about a point: corners on the sides of its box, in turn. */
function star(random: Random, x: number, y: number, rx: number, ry: number, corners: number): Point[] {
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

const pattern: Painter = ({ random, palette }, width, height) => {
  const canvas = new Canvas(flat({ random, palette } as Brush, width, height))
  const other = between(palette.sky[1], random.chance(50) ? palette.vivid() : palette.sky[0], within(random, 0.25, 0.8))
  const size = random.between(4, 20)
  const kind = random.below(4)
  for (let y = 0; y * size < height; y++)
    for (let x = 0; x * size < width; x++) {
      if (kind === 0 && (x + y) % 2) canvas.box(x * size, y * size, size, size, other)
      if (kind === 1) canvas.disc((x + (y % 2) / 2 + 0.25) * size, (y + 0.5) * size, size * 0.25, size * 0.25, other)
      if (kind === 2 && x % 2) canvas.box(x * size, y * size, size, size, other)
      if (kind === 3) {
        canvas.box(0, y * size, width, 1, other)
        canvas.box((x + (y % 2) / 2) * size, y * size, 1, size, other)
      }
    }
  return canvas.raster
}

/** A picture from top to bottom, beside itself in the mirror; drawn where there is none. */
const filled: Painter = (brush, width, height) => {
  const picture = brush.supply.take(100)
  if (!picture) return leaves(brush, width, height)
  const across = Math.min(width, Math.max(32, Math.round((height * picture.width * 1.3) / picture.height)))
  const out = gradient(brush, width, height)
  const tile = resize(picture, across, height)
  const back = { ...tile, data: mirrored(tile) }
  for (let x = 0, i = 0; x < width; x += across, i++) paste(out, i % 2 ? back : tile, x, 0)
  return out
}

function mirrored({ width, height, data }: Raster): Uint8Array {
  const out = new Uint8Array(data.length)
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++)
      out.set(data.subarray(4 * (y * width + x), 4 * (y * width + x) + 4), 4 * (y * width + width - 1 - x))
  return out
}

const PAINTERS: readonly [weight: number, paint: Painter][] = [
  [10, flat],
  [36, gradient],
  [12, rough],
  [16, leaves],
  [6, pattern],
  [20, filled],
]

/** An opaque layer, with things on it by chance. */
export function paintBackground(brush: Brush, width: number, height: number): Raster {
  const { random } = brush
  const isPaper = brush.palette.mood === 'paper'
  const paint = isPaper && random.chance(75) ? flat : PAINTERS[random.pick(PAINTERS.map(([weight]) => weight))][1]
  const out = paint(brush, width, height)
  if (paint === flat || paint === gradient) {
    if (random.chance(45)) decorateSky(brush, out)
    for (let hills = random.below(4); hills > 0; hills--) paste(out, range(brush, width, height), 0, 0)
    if (random.chance(15)) paste(out, town(brush, width, height), 0, 0)
  }
  if (random.chance(paint === filled ? 15 : 60)) scatter(brush, out)
  if (random.chance(isPaper ? 70 : 12)) doodle(brush, out)
  return out
}

/** A see-through layer of what stands nearer: hills, houses, trees, pictures. */
export function paintMiddle(brush: Brush, width: number, height: number): Raster {
  const { random } = brush
  const kind = random.below(3)
  const out =
    kind === 0 ? range(brush, width, height) : kind === 1 ? town(brush, width, height) : createRaster(width, height)
  if (kind === 2 || random.chance(40)) scatter(brush, out)
  return out
}

/** Sun or moon, stars, clouds. */
function decorateSky({ random, palette }: Brush, out: Raster): void {
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
function range({ random, palette }: Brush, width: number, height: number): Raster {
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
function town({ random, palette }: Brush, width: number, height: number): Raster {
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
function scatter({ random, palette, supply }: Brush, out: Raster): void {
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
    else big.polygon(star(random, side, side, side, side, random.between(3, 7)), colour)
    paste(out, halve(big.raster), x - (side >> 1), y - (side >> 1))
  }
}

/** Strokes of a pen: loops, boxes, lines. */
function doodle({ random, palette }: Brush, out: Raster): void {
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
