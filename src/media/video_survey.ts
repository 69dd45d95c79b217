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

/**
 * The rectangle of the pictures that is left without black bars and without bars that never change.
 * @param pictures of one size, from many places of the video
 * @returns with reasons, empty where nothing is cut; and the share of the rectangle that never changes
 */
export function contentRectangle(pictures: readonly GreyPicture[]): {
  rectangle: Rectangle
  reasons: string[]
  stillShare: number
} {
  const { height, width } = pictures[0]!
  const whole = { x: 0, y: 0, width, height }
  const [changes, black] = pixelsThatChange(pictures)
  const share = (lines: Uint8Array, { x, y, width: w, height: h }: Rectangle) => {
    let sum = 0
    for (let row = y; row < y + h; row++)
      for (let column = x; column < x + w; column++) sum += lines[row * width + column]!
    return sum / (w * h)
  }
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
    // A strip of one or two lines at an edge is not a bar.
    const bars = { ...rectangle }
    const said = reasons.length
    cut(line => share(changes, line) < CONTENT, 'bars that do not change')
    if (bars.height - rectangle.height < 0.03 * height && bars.width - rectangle.width < 0.03 * width) {
      Object.assign(rectangle, bars)
      reasons.length = said
    }
  }
  return { rectangle, reasons, stillShare: 1 - share(changes, rectangle) }
}

/** By pixel: 1 where it changes in the course of the video, and 1 where it is always black. */
function pixelsThatChange(pictures: readonly GreyPicture[]): [Uint8Array, Uint8Array] {
  const size = pictures[0]!.values.length
  const [changes, black] = [new Uint8Array(size), new Uint8Array(size)]
  const rare = Math.floor(0.02 * pictures.length)
  const values = new Uint8Array(pictures.length)
  for (let i = 0; i < size; i++) {
    for (const [n, picture] of pictures.entries()) values[n] = picture.values[i]!
    values.sort()
    changes[i] = Number(values[values.length - 1 - rare]! - values[rare]! > CHANGED)
    black[i] = Number(values[values.length - 1 - rare]! < BLACK)
  }
  return [changes, black]
}

/** Typical motion, pixels from one frame to the next: the median of what moves; 0 where nothing does. */
export function typicalMotion(runs: readonly (readonly GreyPicture[])[]): number {
  const sizes: number[] = []
  for (const run of runs)
    for (const [t, picture] of run.entries()) {
      if (t === 0) continue
      const { motions } = blockMotions(run[t - 1]!, picture)
      const moving = motions
        .filter(({ x, y }) => x !== 0 || y !== 0)
        .map(({ x, y }) => Math.max(Math.abs(x), Math.abs(y)))
      // One number for each pair of frames: a large scroll counts no more than a figure.
      if (moving.length > 1) sizes.push(median(moving))
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

/** Width and height, multiples of `step`, of about `area` pixels in the shape of the rectangle. */
export function proposeSize(
  { width, height }: Rectangle,
  step: number,
  area: number,
): { width: number; height: number } {
  const aspect = Math.min(Math.max(width / height, 0.5), 2)
  const whole = (side: number) => Math.max(2 * step, step * Math.round(side / step))
  return { width: whole(Math.sqrt(area * aspect)), height: whole(Math.sqrt(area / aspect)) }
}
