// What a world stands before: skies, hills, towns, noise, dead leaves (which have the statistics of photographs), patterns, doodles,
// whole pictures. A layer is wider than the screen and goes on as its mirror image.

import { Canvas } from '../drawing/canvas.ts'
import { noise, noisePicture } from '../drawing/noise.ts'
import { between, fraction, oneOf, within } from '../drawing/palette.ts'
import { createRaster, halve, paste, type Raster, resize } from '../drawing/raster.ts'
import type { Brush } from './brush.ts'
import { decorateSky, doodle, polygonAbout, range, scatter, town } from './scenery.ts'

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
    else canvas.polygon(polygonAbout(random, x, y, size, thick, random.between(3, 6)), colour)
  }
  const out = halve(canvas.raster)
  const light = noise(random, width, height, 64, 0.6)
  const strength = within(random, 0, 45)
  for (let i = 0; i < width * height; i++)
    for (let c = 0; c < 3; c++)
      out.data[4 * i + c] = Math.max(0, Math.min(255, out.data[4 * i + c] + strength * light[i]))
  return out
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
