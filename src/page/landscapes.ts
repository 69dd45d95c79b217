// A painted valley in the manner of a photograph: ridges of noise one behind the other, each paler with distance, under
// an evening sky. It stands for the photos that people will bring, and is nobody's but ours.

import { Random } from '../../arcade/random.ts'

const SIZE = 128 // pixels, both ways
const RIDGES = 5
const SUN = { x: 89, y: 52, radius: 5.5 } // pixels

type Colour = [red: number, green: number, blue: number] // 0 … 255

const SKY: Colour[] = [
  [74, 92, 148],
  [246, 178, 138],
]
const GLOW: Colour = [255, 226, 168]
const DISC: Colour = [255, 246, 222]
const FAR: Colour = [150, 128, 158]
const NEAR: Colour = [24, 34, 40]
const MIST: Colour = [238, 186, 158]

const mix = (a: Colour, b: Colour, t: number): Colour => [
  a[0] + (b[0] - a[0]) * t,
  a[1] + (b[1] - a[1]) * t,
  a[2] + (b[2] - a[2]) * t,
]

export function paintValley(): HTMLCanvasElement {
  const canvas = document.createElement('canvas')
  canvas.width = canvas.height = SIZE
  const context = canvas.getContext('2d')!
  const image = context.createImageData(SIZE, SIZE)
  const random = new Random(11)
  const ridges = Array.from({ length: RIDGES }, (_, ridge) => crest(ridge, random))
  for (let y = 0; y < SIZE; y++) {
    for (let x = 0; x < SIZE; x++) {
      const [red, green, blue] = colourAt(x, y, ridges)
      const grain = random.below(11) - 5
      image.data.set([red + grain, green + grain, blue + grain, 255], 4 * (y * SIZE + x))
    }
  }
  context.putImageData(image, 0, 0)
  return canvas
}

function colourAt(x: number, y: number, ridges: number[][]): Colour {
  const glow = Math.exp(-(((x - SUN.x) / 30) ** 2) - ((y - SUN.y) / 23) ** 2)
  let colour = mix(mix(SKY[0]!, SKY[1]!, Math.min(1, y / 75)), GLOW, glow * 0.8)
  if (Math.hypot(x - SUN.x, y - SUN.y) < SUN.radius) colour = DISC
  for (const [ridge, crest] of ridges.entries()) {
    const below = y - crest[x]!
    if (below < 0) continue
    const near = ridge / (RIDGES - 1)
    const mist = Math.min(1, below / 30) * (1 - near) * 0.7
    colour = mix(mix(mix(FAR, NEAR, near ** 0.7), MIST, mist), GLOW, glow * 0.35 * (1 - near))
  }
  return colour
}

/** The height at which a ridge begins in each column, pixels from the top; ridge 0 is the farthest. */
function crest(ridge: number, random: Random): number[] {
  const values = Array.from({ length: 64 }, () => random.below(1000) / 1000)
  /** Value noise in about 0 … 1: five octaves, each twice as fine and half as high. */
  const noise = (x: number) => {
    let sum = 0
    for (let octave = 0; octave < 5; octave++) {
      const at = x * 2 ** octave
      const i = Math.floor(at)
      const t = (at - i) ** 2 * (3 - 2 * (at - i))
      sum += ((values[i % 64]! * (1 - t) + values[(i + 1) % 64]! * t) / 2 ** octave) * 0.52
    }
    return sum
  }
  return Array.from({ length: SIZE }, (_, x) => 46 + ridge * 14 + (1 - noise(x / (45 - ridge * 6))) * (26 - ridge * 2))
}
