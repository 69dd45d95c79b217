// Background layers: flat colours, gradients, 1/f noise, dead leaves, patterns or a whole picture, with scenery on top.
// A layer is wider than the screen and repeats mirrored (screen.ts).

import { Canvas } from '../drawing/canvas.ts'
import { fractalNoise, noiseTexture } from '../drawing/noise.ts'
import { mixColours } from '../drawing/palette.ts'
import { choose, random01, uniform } from '../drawing/random_choice.ts'
import { createRaster, downsample2x, paste, type Raster, resize } from '../drawing/raster.ts'
import { drawDoodles, drawHills, drawSky, drawTown, randomPolygon, scatterPictures } from './scenery.ts'
import type { SkinContext } from './skin_context.ts'

type Painter = (context: SkinContext, width: number, height: number) => Raster

const gradient: Painter = ({ random, palette }, width, height) => {
  const [high, low] = palette.sky
  const bands = random.chance(25) ? random.between(3, 8) : height
  const sideways = random.chance(12)
  const canvas = Canvas.create(width, height)
  const length = sideways ? width : height
  for (let i = 0; i < bands; i++) {
    const colour = mixColours(high, low, i / Math.max(1, bands - 1))
    const [from, to] = [(i * length) / bands, ((i + 1) * length) / bands]
    if (sideways) canvas.rect(from, 0, to - from, height, colour)
    else canvas.rect(0, from, width, to - from, colour)
  }
  return canvas.raster
}

const flat: Painter = ({ palette }, width, height) => createRaster(width, height, palette.sky[1])

const noiseFill: Painter = ({ random, palette }, width, height) =>
  noiseTexture(random, width, height, choose(random, palette.sky), uniform(random, 10, 70))

/** Dead leaves: occluding shapes with power-law sizes, under slowly varying light. They have the statistics of photographs. */
const deadLeaves: Painter = ({ random, palette }, width, height) => {
  const canvas = new Canvas(resize(gradient({ random, palette } as SkinContext, 8, 16), 2 * width, 2 * height))
  const base = palette.sky[1]
  const spread = uniform(random, 0.2, 0.8)
  const count = (random.between(20, 140) * width) / 144
  for (let i = 0; i < count; i++) {
    const size = Math.min(80, 4 / Math.sqrt(random01(random) + 0.002))
    const thick = size * uniform(random, 0.3, 1)
    const [x, y] = [2 * width * random01(random), 2 * height * random01(random)]
    const colour = mixColours(base, palette.accent(), spread * random01(random))
    const kind = random.below(10)
    if (kind < 4) canvas.ellipse(x, y, size, thick, colour)
    else if (kind < 6) canvas.rect(x - size, y - thick, 2 * size, 2 * thick, colour)
    else canvas.polygon(randomPolygon(random, x, y, size, thick, random.between(3, 6)), colour)
  }
  const out = downsample2x(canvas.raster)
  const light = fractalNoise(random, width, height, 64, 0.6)
  const strength = uniform(random, 0, 45)
  for (let i = 0; i < width * height; i++)
    for (let c = 0; c < 3; c++)
      out.data[4 * i + c] = Math.max(0, Math.min(255, out.data[4 * i + c] + strength * light[i]))
  return out
}

const pattern: Painter = ({ random, palette }, width, height) => {
  const canvas = new Canvas(flat({ random, palette } as SkinContext, width, height))
  const other = mixColours(
    palette.sky[1],
    random.chance(50) ? palette.accent() : palette.sky[0],
    uniform(random, 0.25, 0.8),
  )
  const size = random.between(4, 20)
  const kind = random.below(4)
  for (let y = 0; y * size < height; y++)
    for (let x = 0; x * size < width; x++) {
      if (kind === 0 && (x + y) % 2) canvas.rect(x * size, y * size, size, size, other)
      if (kind === 1) canvas.ellipse((x + (y % 2) / 2 + 0.25) * size, (y + 0.5) * size, size * 0.25, size * 0.25, other)
      if (kind === 2 && x % 2) canvas.rect(x * size, y * size, size, size, other)
      if (kind === 3) {
        canvas.rect(0, y * size, width, 1, other)
        canvas.rect((x + (y % 2) / 2) * size, y * size, 1, size, other)
      }
    }
  return canvas.raster
}

/** A picture over the full height, repeated mirrored. Without pictures: dead leaves. */
const pictureFill: Painter = (context, width, height) => {
  const picture = context.pictures.sample(100)
  if (!picture) return deadLeaves(context, width, height)
  const across = Math.min(width, Math.max(32, Math.round((height * picture.width * 1.3) / picture.height)))
  const out = gradient(context, width, height)
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
  [12, noiseFill],
  [16, deadLeaves],
  [6, pattern],
  [20, pictureFill],
]

/** Paints an opaque layer with random scenery. */
export function paintBackground(context: SkinContext, width: number, height: number): Raster {
  const { random } = context
  const isPaper = context.palette.mood === 'paper'
  const paint = isPaper && random.chance(75) ? flat : PAINTERS[random.pick(PAINTERS.map(([weight]) => weight))][1]
  const out = paint(context, width, height)
  if (paint === flat || paint === gradient) {
    if (random.chance(45)) drawSky(context, out)
    for (let hills = random.below(4); hills > 0; hills--) paste(out, drawHills(context, width, height), 0, 0)
    if (random.chance(15)) paste(out, drawTown(context, width, height), 0, 0)
  }
  if (random.chance(paint === pictureFill ? 15 : 60)) scatterPictures(context, out)
  if (random.chance(isPaper ? 70 : 12)) drawDoodles(context, out)
  return out
}

/** Paints a transparent layer of nearer scenery: hills, houses, trees or pictures. */
export function paintMidground(context: SkinContext, width: number, height: number): Raster {
  const { random } = context
  const kind = random.below(3)
  const out =
    kind === 0
      ? drawHills(context, width, height)
      : kind === 1
        ? drawTown(context, width, height)
        : createRaster(width, height)
  if (kind === 2 || random.chance(40)) scatterPictures(context, out)
  return out
}
