// Colours by chance that go together, and chance in general: fractions, ranges, choices.
import type { Random } from '../../src/random.ts'
import type { Colour } from './raster.ts'

/** A number 0 … 1, 1 not included. */
export const fraction = (random: Random): number => random.below(1 << 20) / (1 << 20)

export const within = (random: Random, low: number, high: number): number => low + (high - low) * fraction(random)

export const oneOf = <T>(random: Random, list: readonly T[]): T => list[random.below(list.length)]

/** Hue in turns, saturation and value 0 … 1. */
export function hsv(hue: number, saturation: number, value: number): Colour {
  const h = 6 * (hue - Math.floor(hue))
  const channel = (n: number) => {
    const k = (n + h) % 6
    return Math.round(255 * value * (1 - saturation * Math.max(0, Math.min(k, 4 - k, 1))))
  }
  return (channel(5) << 16) | (channel(3) << 8) | channel(1)
}

/** A colour part of the way from one to another. */
export function between(a: Colour, b: Colour, part: number): Colour {
  const channel = (shift: number) => {
    const [from, to] = [(a >> shift) & 255, (b >> shift) & 255]
    return Math.max(0, Math.min(255, Math.round(from + (to - from) * part))) << shift
  }
  return channel(16) | channel(8) | channel(0)
}

export const darker = (colour: Colour, part: number): Colour => between(colour, 0x000000, part)
export const lighter = (colour: Colour, part: number): Colour => between(colour, 0xffffff, part)

/** 0 … 255. */
export const brightness = (c: Colour): number => 0.3 * (c >> 16) + 0.59 * ((c >> 8) & 255) + 0.11 * (c & 255)

/** How a world is coloured: `paper` is a drawing on something light, `gray` has no hue, `night` is dark. */
export type Mood = 'bright' | 'soft' | 'night' | 'paper' | 'gray' | 'wild'

export interface Palette {
  mood: Mood
  /** The sky, high and low. */
  sky: [Colour, Colour]
  /** Of the ground: its body, its top. */
  ground: Colour
  trim: Colour
  /** A colour for something in the distance. */
  far(): Colour
  /** A colour for something that is to be seen. */
  vivid(): Colour
}

export function createPalette(random: Random): Palette {
  const mood = oneOf(random, ['bright', 'bright', 'soft', 'night', 'paper', 'gray', 'wild'] as const)
  const hue = fraction(random)
  const range = oneOf(random, [0.06, 0.15, 0.3, 1])
  const near = () => hue + within(random, -range, range)
  const any = () => hsv(fraction(random), fraction(random), fraction(random))
  const vivid = () =>
    mood === 'gray'
      ? hsv(0, 0, fraction(random))
      : hsv(
          fraction(random),
          within(random, 0.5, 1),
          mood === 'night' ? within(random, 0.6, 1) : within(random, 0.35, 1),
        )
  const parts: Record<Mood, () => [Colour, Colour, Colour, Colour]> = {
    bright: () => [
      hsv(near(), within(random, 0.3, 0.7), within(random, 0.75, 1)),
      hsv(near(), within(random, 0.1, 0.5), within(random, 0.85, 1)),
      hsv(near() + 0.4, within(random, 0.3, 0.8), within(random, 0.35, 0.75)),
      hsv(near() + 0.3, within(random, 0.4, 0.9), within(random, 0.55, 0.95)),
    ],
    soft: () => [
      hsv(near(), within(random, 0.1, 0.35), within(random, 0.7, 0.95)),
      hsv(near(), within(random, 0.05, 0.3), within(random, 0.75, 1)),
      hsv(near(), within(random, 0.15, 0.4), within(random, 0.45, 0.8)),
      hsv(near(), within(random, 0.2, 0.5), within(random, 0.5, 0.95)),
    ],
    night: () => [
      hsv(near(), within(random, 0.3, 0.9), within(random, 0.02, 0.25)),
      hsv(near(), within(random, 0.3, 0.8), within(random, 0.1, 0.4)),
      hsv(near(), within(random, 0.2, 0.7), within(random, 0.2, 0.5)),
      hsv(near() + 0.4, within(random, 0.4, 0.9), within(random, 0.5, 0.9)),
    ],
    paper: () => {
      const paper = hsv(fraction(random), within(random, 0, 0.12), within(random, 0.9, 1))
      const ink = random.chance(50) ? hsv(0, 0, within(random, 0, 0.3)) : vivid()
      return [paper, paper, random.chance(50) ? between(paper, ink, within(random, 0.1, 0.5)) : vivid(), ink]
    },
    gray: () => {
      const v = () => hsv(0, 0, fraction(random))
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
    far: () => between(mood === 'gray' ? hsv(0, 0, fraction(random)) : any(), low, within(random, 0.3, 0.75)),
    vivid,
  }
}
