// Looks at a video before a world is trained on it: which rectangle of it changes, and how fast things move in it. The result is
// a proposal with reasons. Pictures are a sample: runs of consecutive frames from many places of the video.

import { median } from '../statistics.ts'
import { blockMotions, type GreyPicture } from './block_motion.ts'

/** In pixels. */
export interface Rectangle {
  x: number
  y: number
  width: number
  height: number
}

/** Of x, y, width and height, as files and options have it. */
export const rectangleOf = ([x, y, width, height]: readonly number[]): Rectangle => ({
  x: x!,
  y: y!,
  width: width!,
  height: height!,
})

export const numbersOf = ({ x, y, width, height }: Rectangle): number[] => [x, y, width, height]

/** A pixel changes where its values lie further apart than this, leaving out the rarest at both ends. */
const CHANGED = 16
/** A row or column at an edge is not part of a bar if more than this share of its pixels changes. */
const CONTENT = 0.12
/** Darker pixels are black. */
const BLACK = 24
/** No side of the rectangle is cut below this share. */
const LEAST_KEPT = 0.3
/** What is kept has at least this share of the pixels that change, or the rest is no bar: something small moves there. */
const LEAST_CHANGES = 0.9
/** How often a pixel may differ without counting as changing: a flash, or damage in the video. */
const RARE = 2

/**
 * The rectangle of the pictures that is left without black bars and without bars that never change.
 * @param pictures of one size, from many places of the video
 * @returns with reasons, empty where nothing is cut; the share of the rectangle that never changes; and a picture of those pixels, 1 or 0
 */
export function contentRectangle(pictures: readonly GreyPicture[]): {
  rectangle: Rectangle
  reasons: string[]
  stillShare: number
  still: GreyPicture
} {
  const { height, width } = pictures[0]!
  const whole = { x: 0, y: 0, width, height }
  const [changes, black] = pixelsThatChange(pictures)
  const sum = (pixels: Uint8Array, { x, y, width: w, height: h }: Rectangle) => {
    let sum = 0
    for (let row = y; row < y + h; row++)
      for (let column = x; column < x + w; column++) sum += pixels[row * width + column]!
    return sum
  }
  const share = (pixels: Uint8Array, part: Rectangle) => sum(pixels, part) / (part.width * part.height)
  const rectangle = { ...whole }
  const reasons: string[] = []
  if (share(changes, whole) > 0) {
    const cut = (isDead: (line: Rectangle) => boolean, name: string) => {
      const before = { ...rectangle }
      const [least, narrowest] = [Math.floor(height * LEAST_KEPT), Math.floor(width * LEAST_KEPT)]
      while (rectangle.height > least && isDead({ ...rectangle, height: 1 })) {
        rectangle.y++
        rectangle.height--
      }
      const bottom = () => ({ ...rectangle, y: rectangle.y + rectangle.height - 1, height: 1 })
      while (rectangle.height > least && isDead(bottom())) rectangle.height--
      while (rectangle.width > narrowest && isDead({ ...rectangle, width: 1 })) {
        rectangle.x++
        rectangle.width--
      }
      const right = () => ({ ...rectangle, x: rectangle.x + rectangle.width - 1, width: 1 })
      while (rectangle.width > narrowest && isDead(right())) rectangle.width--
      const sides = [
        ['top', (rectangle.y - before.y) / height],
        ['bottom', (before.y + before.height - rectangle.y - rectangle.height) / height],
        ['left', (rectangle.x - before.x) / width],
        ['right', (before.x + before.width - rectangle.x - rectangle.width) / width],
      ] as const
      const cutSides = sides.filter(([, size]) => size > 0).map(([side, size]) => `${side} ${Math.ceil(100 * size)} %`)
      if (cutSides.length > 0) reasons.push(`${name}: ${cutSides.join(', ')}`)
    }
    cut(line => share(black, line) > 0.98, 'black bars')
    const bars = { ...rectangle }
    const said = reasons.length
    cut(line => share(changes, line) < CONTENT, 'bars that do not change')
    // A strip of one or two lines at an edge is not a bar.
    const isThin = bars.height - rectangle.height < 0.03 * height && bars.width - rectangle.width < 0.03 * width
    if (isThin || sum(changes, rectangle) < LEAST_CHANGES * sum(changes, bars)) {
      Object.assign(rectangle, bars)
      reasons.length = said
    }
  }
  const still = { height, width, values: changes.map(value => 1 - value) }
  return { rectangle, reasons, stillShare: share(still.values, rectangle), still }
}

/** By pixel: 1 where it changes in the course of the video, and 1 where it is always black. */
function pixelsThatChange(pictures: readonly GreyPicture[]): [Uint8Array, Uint8Array] {
  const size = pictures[0]!.values.length
  const [changes, black] = [new Uint8Array(size), new Uint8Array(size)]
  const rare = Math.min(RARE, Math.floor((pictures.length - 1) / 2))
  const values = new Uint8Array(pictures.length)
  for (let i = 0; i < size; i++) {
    for (const [n, picture] of pictures.entries()) values[n] = picture.values[i]!
    values.sort()
    changes[i] = Number(values[values.length - 1 - rare]! - values[rare]! > CHANGED)
    black[i] = Number(values[values.length - 1 - rare]! < BLACK)
  }
  return [changes, black]
}

/** Frames in a row that may repeat: the video shows 20 new ones of 60 per second, say. More of them are stillness. */
const MOST_REPEATS = 4

/** Typical motion, pixels from one frame to the next: the median of what moves; 0 where nothing does. Motion after frames that repeat is shared among them. */
export function typicalMotion(runs: readonly (readonly GreyPicture[])[]): number {
  const sizes: number[] = []
  for (const run of runs) {
    let repeats = 0
    for (const [t, picture] of run.entries()) {
      if (t === 0) continue
      const { motions } = blockMotions(run[t - 1]!, picture)
      const moving = motions
        .filter(({ x, y }) => x !== 0 || y !== 0)
        .map(({ x, y }) => Math.max(Math.abs(x), Math.abs(y)))
      // One number for each pair of frames: a large scroll counts no more than a figure.
      const moves = moving.length > 1
      if (moves) sizes.push(median(moving) / (repeats > MOST_REPEATS ? 1 : 1 + repeats))
      repeats = moves ? 0 : repeats + 1
    }
  }
  return median(sizes)
}

/** Frames per second at which typical motion is 2 to 6 pixels per frame, given that motion at some rate. */
export function proposeRate(motion: number, rate: number, most: number): { rate: number; reason: string } {
  const at = (r: number) => (motion * rate) / r
  const round = (r: number) => Math.round(100 * r) / 100
  const say = (r: number) => `typical motion is ${at(r).toFixed(1)} pixels per frame`
  if (motion === 0) return { rate: round(Math.min(rate, most)), reason: 'no motion was found in the sample' }
  if (motion >= 2 && motion <= 6) return { rate: round(Math.min(rate, most)), reason: say(Math.min(rate, most)) }
  const proposed = Math.max(2, Math.min(most, Math.round((motion * rate) / (motion < 2 ? 2.5 : 5))))
  return {
    rate: proposed,
    reason: `${say(proposed)}; at ${Math.round(rate)} per second it would be ${motion.toFixed(1)}`,
  }
}

/** The largest difference from the area that is asked for, as a share of it: a shape that fits better may be smaller or larger. */
const AREA_SLACK = 0.35

/**
 * Width and height, multiples of `step`, of about `area` pixels, in the shape that comes closest to the rectangle's.
 * @returns with the reason, which says how much of the rectangle is cut to fill that shape
 */
export function proposeSize(
  { width, height }: Rectangle,
  step: number,
  area: number,
): { width: number; height: number; reason: string } {
  let best = { width: 0, height: 0, error: Infinity }
  const most = (area * (1 + AREA_SLACK)) / (2 * step)
  for (let w = 2 * step; w <= most; w += step)
    for (let h = 2 * step; w * h <= area * (1 + AREA_SLACK); h += step) {
      if (w * h < area * (1 - AREA_SLACK)) continue
      const error = Math.abs(Math.log((w * height) / (h * width))) + 0.01 * Math.abs(Math.log((w * h) / area))
      if (error < best.error) best = { width: w, height: h, error }
    }
  const size = { width: best.width, height: best.height }
  const kept = (width * size.height) / (height * size.width) // of the width, if below 1 of the height
  const percent = Math.round(100 * (1 - Math.min(kept, 1 / kept)))
  const lost = percent > 0 ? `; ${percent} % of its ${kept > 1 ? 'width' : 'height'} is cut to fill it` : ''
  return { ...size, reason: `the shape nearest to the rectangle's in multiples of ${step}${lost}` }
}
