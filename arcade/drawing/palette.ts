// Random colour palettes and colour arithmetic.
import type { Pcg } from '../../src/random.ts'
import { choose, random01, uniform } from './random_choice.ts'
import type { Colour } from './raster.ts'

/** Hue in turns, saturation and value 0 … 1. */
function hsv(hue: number, saturation: number, value: number): Colour {
  const h = 6 * (hue - Math.floor(hue))
  const channel = (n: number) => {
    const k = (n + h) % 6
    return Math.round(255 * value * (1 - saturation * Math.max(0, Math.min(k, 4 - k, 1))))
  }
  return (channel(5) << 16) | (channel(3) << 8) | channel(1)
}

/** Linear interpolation from `a` (part 0) to `b` (part 1). */
export function mixColours(a: Colour, b: Colour, part: number): Colour {
  const channel = (shift: number) => {
    const [from, to] = [(a >> shift) & 255, (b >> shift) & 255]
    return Math.max(0, Math.min(255, Math.round(from + (to - from) * part))) << shift
  }
  return channel(16) | channel(8) | channel(0)
}

export const darken = (colour: Colour, part: number): Colour => mixColours(colour, 0x000000, part)
export const lighten = (colour: Colour, part: number): Colour => mixColours(colour, 0xffffff, part)

/** Luma, 0 … 255. */
export const luma = (c: Colour): number => 0.3 * (c >> 16) + 0.59 * ((c >> 8) & 255) + 0.11 * (c & 255)

/** Kinds of palette. `paper` is a drawing on a light sheet, `gray` has no hue, `night` is dark. */
type Mood = 'bright' | 'soft' | 'night' | 'paper' | 'gray' | 'wild'

export interface Palette {
  mood: Mood
  /** Sky colours at the top and at the horizon. */
  sky: [Colour, Colour]
  /** Ground colours: body and top edge. */
  ground: Colour
  trim: Colour
  /** A new random colour for distant scenery. */
  distant(): Colour
  /** A new random colour for characters and items. */
  accent(): Colour
}

export function createPalette(random: Pcg): Palette {
  const mood = choose(random, ['bright', 'bright', 'soft', 'night', 'paper', 'gray', 'wild'] as const)
  const hue = random01(random)
  const range = choose(random, [0.06, 0.15, 0.3, 1])
  const near = () => hue + uniform(random, -range, range)
  const any = () => hsv(random01(random), random01(random), random01(random))
  const accent = () =>
    mood === 'gray'
      ? hsv(0, 0, random01(random))
      : hsv(
          random01(random),
          uniform(random, 0.5, 1),
          mood === 'night' ? uniform(random, 0.6, 1) : uniform(random, 0.35, 1),
        )
  const parts: Record<Mood, () => [Colour, Colour, Colour, Colour]> = {
    bright: () => [
      hsv(near(), uniform(random, 0.3, 0.7), uniform(random, 0.75, 1)),
      hsv(near(), uniform(random, 0.1, 0.5), uniform(random, 0.85, 1)),
      hsv(near() + 0.4, uniform(random, 0.3, 0.8), uniform(random, 0.35, 0.75)),
      hsv(near() + 0.3, uniform(random, 0.4, 0.9), uniform(random, 0.55, 0.95)),
    ],
    soft: () => [
      hsv(near(), uniform(random, 0.1, 0.35), uniform(random, 0.7, 0.95)),
      hsv(near(), uniform(random, 0.05, 0.3), uniform(random, 0.75, 1)),
      hsv(near(), uniform(random, 0.15, 0.4), uniform(random, 0.45, 0.8)),
      hsv(near(), uniform(random, 0.2, 0.5), uniform(random, 0.5, 0.95)),
    ],
    night: () => [
      hsv(near(), uniform(random, 0.3, 0.9), uniform(random, 0.02, 0.25)),
      hsv(near(), uniform(random, 0.3, 0.8), uniform(random, 0.1, 0.4)),
      hsv(near(), uniform(random, 0.2, 0.7), uniform(random, 0.2, 0.5)),
      hsv(near() + 0.4, uniform(random, 0.4, 0.9), uniform(random, 0.5, 0.9)),
    ],
    paper: () => {
      const paper = hsv(random01(random), uniform(random, 0, 0.12), uniform(random, 0.9, 1))
      const ink = random.chance(50) ? hsv(0, 0, uniform(random, 0, 0.3)) : accent()
      return [paper, paper, random.chance(50) ? mixColours(paper, ink, uniform(random, 0.1, 0.5)) : accent(), ink]
    },
    gray: () => {
      const v = () => hsv(0, 0, random01(random))
      return [v(), v(), v(), v()]
    },
    wild: () => [any(), any(), any(), any()],
  }
  const [high, low, ground, trim] = parts[mood]()
  return {
    mood,
    sky: [high, low],
    ground,
    trim,
    distant: () => mixColours(mood === 'gray' ? hsv(0, 0, random01(random)) : any(), low, uniform(random, 0.3, 0.75)),
    accent,
  }
}
