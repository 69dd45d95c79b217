// Measures motion in pictures without labels: the pan of the whole picture between two frames, and the path of a character through
// them where a finder is given.

import { mean } from './metrics.ts'

const MAX_PAN = 8 // pixels per frame

/** Finds the characters in a picture [H, W, 3] of values 0 … 1: their upper left corners in pixels, the most likely first. */
export type CharacterFinder = (picture: ArrayLike<number>, height: number, width: number) => { x: number; y: number }[]

/** How far the picture's contents moved, in pixels: right and down are positive. */
interface Pan {
  x: number
  y: number
  /** The share of the difference between the pictures that the pan explains, 0 … 1. */
  explained: number
}

const PANS = Array.from({ length: (2 * MAX_PAN + 1) ** 2 }, (_, i) => ({
  x: (i % (2 * MAX_PAN + 1)) - MAX_PAN,
  y: Math.floor(i / (2 * MAX_PAN + 1)) - MAX_PAN,
})).sort((a, b) => Math.abs(a.x) + Math.abs(a.y) - Math.abs(b.x) - Math.abs(b.y))

/**
 * The pan, of at most half the picture, that brings `before` closest to `after`, both [height, width, 3] of values 0 … 1. Of equal
 * pans, the smallest.
 */
export function panOf(before: ArrayLike<number>, after: ArrayLike<number>, height: number, width: number): Pan {
  const [a, b] = [channelMeans(before), channelMeans(after)]
  const pans = PANS.filter(({ x, y }) => 2 * Math.abs(x) <= width && 2 * Math.abs(y) <= height)
  const errors = pans.map(pan => differenceUnder(a, b, height, width, pan))
  const least = Math.min(...errors)
  // The first pan is none.
  return { ...pans[errors.indexOf(least)]!, explained: errors[0]! > 0 ? 1 - least / errors[0]! : 0 }
}

function channelMeans(rgb: ArrayLike<number>): Float32Array {
  return Float32Array.from({ length: rgb.length / 3 }, (_, i) => (rgb[3 * i]! + rgb[3 * i + 1]! + rgb[3 * i + 2]!) / 3)
}

/** Mean absolute difference where both frames show the same contents. */
function differenceUnder(
  before: Float32Array,
  after: Float32Array,
  height: number,
  width: number,
  pan: Pick<Pan, 'x' | 'y'>,
): number {
  let sum = 0
  const [left, right] = [Math.max(pan.x, 0), width + Math.min(pan.x, 0)]
  const [top, bottom] = [Math.max(pan.y, 0), height + Math.min(pan.y, 0)]
  for (let y = top; y < bottom; y++)
    for (let x = left; x < right; x++) sum += Math.abs(after[y * width + x]! - before[(y - pan.y) * width + x - pan.x]!)
  return sum / ((right - left) * (bottom - top))
}

/** How far a character moved in a few frames, in pixels. */
export interface Motion {
  x: number // from its start, right positive
  rise: number // above its start, at its highest
}

/**
 * The motion through consecutive frames. Where `find` finds exactly one character in every frame it is the character's, relative to
 * the panned picture. Elsewhere it is the opposite of the pan, as of a camera that follows.
 */
export function motionOf(
  frames: readonly ArrayLike<number>[],
  height: number,
  width: number,
  find?: CharacterFinder,
): Motion {
  const characters = frames.map(frame => {
    const [character, second] = find?.(frame, height, width) ?? []
    return second ? undefined : character
  })
  const pans = frames.slice(1).map((frame, i) => panOf(frames[i]!, frame, height, width))
  const start = characters[0]
  let [x, panned, rise] = [0, 0, 0]
  for (const [i, pan] of pans.entries()) {
    const [before, after] = [characters[i], characters[i + 1]]
    x += (before && after ? after.x - before.x : 0) - pan.x
    panned += pan.y
    rise = Math.max(rise, start && after ? start.y - after.y + panned : panned)
  }
  return { x, rise }
}

/**
 * How far the action alone decides the motion: 1 − (variance among the prompts of one action) / (variance among all roll-outs).
 * 1: each action is one motion from every prompt. 0: the actions say nothing. Null where no action was played from two prompts.
 * @param plays by action, one motion per prompt
 */
export function consistencyOf(plays: readonly (readonly Motion[])[]): number | null {
  const all = plays.flat()
  const freedom = all.length - plays.filter(motions => motions.length > 0).length
  if (freedom < 1) return null
  const within = plays.reduce((sum, motions) => sum + scatter(motions), 0) / freedom
  const total = scatter(all) / (all.length - 1)
  return total === 0 ? 0 : Math.max(0, 1 - within / total)
}

/** Sum of squared distances from the mean. */
function scatter(motions: readonly Motion[]): number {
  const [x, rise] = [mean(motions.map(m => m.x)), mean(motions.map(m => m.rise))]
  return motions.reduce((sum, m) => sum + (m.x - x) ** 2 + (m.rise - rise) ** 2, 0)
}
