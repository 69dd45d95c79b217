// Generated landscapes that resemble photographs: ridges of noise one behind the other, each paler with distance, under a sky. They
// stand for users' photos, and have no copyright but this project's.

import { Pcg } from '../../random.ts'

const SIZE = 128 // pixels, both ways
const RIDGES = 5

type Colour = [red: number, green: number, blue: number] // 0 … 255

interface Light {
  name: string
  seed: number
  sun: { x: number; y: number; radius: number } // pixels
  sky: [high: Colour, low: Colour]
  glow: Colour
  disc: Colour
  ridges: [far: Colour, near: Colour]
  mist: Colour
}

const LIGHTS: Light[] = [
  {
    name: 'Evening',
    seed: 11,
    sun: { x: 89, y: 52, radius: 5.5 },
    sky: [
      [74, 92, 148],
      [246, 178, 138],
    ],
    glow: [255, 226, 168],
    disc: [255, 246, 222],
    ridges: [
      [150, 128, 158],
      [24, 34, 40],
    ],
    mist: [238, 186, 158],
  },
  {
    name: 'Noon',
    seed: 23,
    sun: { x: 34, y: 18, radius: 4 },
    sky: [
      [52, 128, 206],
      [192, 224, 240],
    ],
    glow: [255, 252, 230],
    disc: [255, 255, 250],
    ridges: [
      [148, 184, 196],
      [46, 92, 38],
    ],
    mist: [214, 230, 232],
  },
  {
    name: 'Moonlight',
    seed: 37,
    sun: { x: 44, y: 26, radius: 7 },
    sky: [
      [8, 12, 34],
      [44, 58, 102],
    ],
    glow: [120, 136, 186],
    disc: [236, 238, 224],
    ridges: [
      [50, 62, 104],
      [6, 8, 18],
    ],
    mist: [64, 78, 122],
  },
]

const mix = (a: Colour, b: Colour, t: number): Colour => [
  a[0] + (b[0] - a[0]) * t,
  a[1] + (b[1] - a[1]) * t,
  a[2] + (b[2] - a[2]) * t,
]

export function landscapes(): { name: string; canvas: HTMLCanvasElement }[] {
  return LIGHTS.map(light => ({ name: light.name, canvas: paint(light) }))
}

function paint(light: Light): HTMLCanvasElement {
  const canvas = document.createElement('canvas')
  canvas.width = canvas.height = SIZE
  const context = canvas.getContext('2d')!
  const image = context.createImageData(SIZE, SIZE)
  const random = new Pcg(light.seed)
  const ridges = Array.from({ length: RIDGES }, (_, ridge) => crest(ridge, random))
  for (let y = 0; y < SIZE; y++) {
    for (let x = 0; x < SIZE; x++) {
      const [red, green, blue] = colourAt(x, y, ridges, light)
      const grain = random.below(11) - 5
      image.data.set([red + grain, green + grain, blue + grain, 255], 4 * (y * SIZE + x))
    }
  }
  context.putImageData(image, 0, 0)
  return canvas
}

function colourAt(x: number, y: number, crests: number[][], { sun, sky, glow, disc, ridges, mist }: Light): Colour {
  const warmth = Math.exp(-(((x - sun.x) / 30) ** 2) - ((y - sun.y) / 23) ** 2)
  let colour = mix(mix(...sky, Math.min(1, y / 75)), glow, warmth * 0.8)
  if (Math.hypot(x - sun.x, y - sun.y) < sun.radius) colour = disc
  for (const [ridge, crest] of crests.entries()) {
    const below = y - crest[x]!
    if (below < 0) continue
    const near = ridge / (RIDGES - 1)
    const haze = Math.min(1, below / 30) * (1 - near) * 0.7
    colour = mix(mix(mix(...ridges, near ** 0.7), mist, haze), glow, warmth * 0.35 * (1 - near))
  }
  return colour
}

/** The top edge of a ridge in each column, pixels from the top of the picture. Ridge 0 is the farthest. */
function crest(ridge: number, random: Pcg): number[] {
  const values = Array.from({ length: 64 }, () => random.below(1000) / 1000)
  /** Value noise of about 0 … 1: five octaves, each twice as fine and half as high. */
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
