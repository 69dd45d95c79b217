// Block matching: the motion of parts of a picture from one frame to the next, to judge a video or a world by. No training uses it.

/** A picture of one channel, 0 … 255, row by row. */
export interface GreyPicture {
  values: Uint8Array
  height: number
  width: number
}

/** The motion of one block, in pixels: right and down are positive. */
interface BlockMotion {
  x: number
  y: number
  /** Mean absolute difference that is left under the best shift, and without one. */
  error: number
  still: number
}

const BLOCK = 8
const REACH = 8 // pixels
/** A block changes where its mean absolute difference is larger than this. */
const CHANGED = 4
/** A shift explains a change when it leaves less than this share of it. */
const EXPLAINED = 0.6

/** Luminance of frames u8 [height, width, 3]. */
export function greyOf(rgb: Uint8Array, height: number, width: number): GreyPicture {
  const values = new Uint8Array(height * width)
  for (let i = 0; i < values.length; i++)
    values[i] = (77 * rgb[3 * i]! + 151 * rgb[3 * i + 1]! + 28 * rgb[3 * i + 2]!) >> 8
  return { values, height, width }
}

/** Mean absolute difference of two pictures. */
export function differenceOf(a: GreyPicture, b: GreyPicture): number {
  let sum = 0
  for (let i = 0; i < a.values.length; i++) sum += Math.abs(a.values[i]! - b.values[i]!)
  return sum / a.values.length
}

const SHIFTS = Array.from({ length: (2 * REACH + 1) ** 2 }, (_, i) => ({
  x: (i % (2 * REACH + 1)) - REACH,
  y: Math.floor(i / (2 * REACH + 1)) - REACH,
})).sort((a, b) => Math.abs(a.x) + Math.abs(a.y) - Math.abs(b.x) - Math.abs(b.y))

/** The motion of every block of `after` that changed and that a shift of `before` explains; and how many blocks changed. */
export function blockMotions(before: GreyPicture, after: GreyPicture): { motions: BlockMotion[]; changed: number } {
  const { height, width } = after
  const motions: BlockMotion[] = []
  let changed = 0
  for (let top = 0; top + BLOCK <= height; top += BLOCK)
    for (let left = 0; left + BLOCK <= width; left += BLOCK) {
      const still = blockError(before, after, top, left, 0, 0, Number.POSITIVE_INFINITY)
      if (still < CHANGED) continue
      changed++
      let best = { x: 0, y: 0, error: still }
      for (const { x, y } of SHIFTS) {
        if (top < y || left < x || top + BLOCK > height + y || left + BLOCK > width + x) continue
        const error = blockError(before, after, top, left, x, y, best.error)
        if (error < best.error) best = { x, y, error }
      }
      if (best.error < EXPLAINED * still) motions.push({ ...best, still })
    }
  return { motions, changed }
}

function blockError(
  before: GreyPicture,
  after: GreyPicture,
  top: number,
  left: number,
  x: number,
  y: number,
  limit: number,
): number {
  const { width } = after
  let sum = 0
  for (let row = top; row < top + BLOCK; row++) {
    const [to, from] = [row * width + left, (row - y) * width + left - x]
    for (let i = 0; i < BLOCK; i++) sum += Math.abs(after.values[to + i]! - before.values[from + i]!)
    if (sum > limit * BLOCK * BLOCK) return Number.POSITIVE_INFINITY
  }
  return sum / (BLOCK * BLOCK)
}
