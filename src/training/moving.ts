// What moves in a video, measured without any label (reference/moving.py): how the whole picture pans, and which figures move on
// their own. A pixel where something does weighs more in the loss, or small figures blur; and latent actions get something to
// start from. Pictures are words of RGBA; a shift (x, y) is in pixels, right and down.

const REACH = 8 // pixels: the fastest movement looked for
const NOTICED = 0.04 * 255 // smaller differences are noise

export interface PictureSize {
  height: number
  width: number
}

/** Channels of 0 … 255, [3][height · width]. */
type Planes = [Float32Array, Float32Array, Float32Array]

interface Shift {
  x: number
  y: number
}

const planesOf = (words: Uint32Array): Planes =>
  [0, 8, 16].map(bits => Float32Array.from(words, word => (word >>> bits) & 255)) as Planes

const greyOf = ([r, g, b]: Planes): Float32Array => r.map((v, i) => (v + g[i]! + b[i]!) / 3)

const clamp = (v: number, end: number) => Math.min(Math.max(v, 0), end - 1)

/** A plane moved, edges repeated. */
function shifted(plane: Float32Array, { height, width }: PictureSize, { x: dx, y: dy }: Shift): Float32Array {
  return plane.map((_, i) => {
    const [y, x] = [Math.floor(i / width), i % width]
    return plane[clamp(y - dy, height) * width + clamp(x - dx, width)]!
  })
}

/** The first of the shifts that brings `before` closest to `after` where `mask` is. */
function bestShift(
  before: Float32Array,
  after: Float32Array,
  size: PictureSize,
  shifts: Shift[],
  mask?: Float32Array,
): Shift {
  let [best, least] = [shifts[0]!, Number.POSITIVE_INFINITY]
  for (const shift of shifts) {
    const moved = shifted(before, size, shift)
    let error = 0
    for (let i = 0; i < after.length; i++) error += Math.abs(moved[i]! - after[i]!) * (mask?.[i] ?? 1)
    if (error < least) [best, least] = [shift, error]
  }
  return best
}

const byLength = (a: Shift, b: Shift) => Math.abs(a.x) + Math.abs(a.y) - Math.abs(b.x) - Math.abs(b.y)
const upTo = (reach: number) => Array.from({ length: 2 * reach + 1 }, (_, i) => i - reach)
const SIDEWAYS = upTo(REACH)
  .map(x => ({ x, y: 0 }))
  .sort(byLength)
const UPRIGHT = upTo(REACH)
  .map(y => ({ x: 0, y }))
  .sort(byLength)
const NEARBY = upTo(REACH / 2)
  .flatMap(x => upTo(REACH / 2).map(y => ({ x, y })))
  .sort(byLength)

/** `before` under the best pan of the whole picture, first sideways, then up or down. */
function removePan(before: Planes, after: Planes, size: PictureSize): { panned: Planes; pan: Shift } {
  const goal = greyOf(after)
  const { x } = bestShift(greyOf(before), goal, size, SIDEWAYS)
  const sideways = before.map(plane => shifted(plane, size, { x, y: 0 })) as Planes
  const { y } = bestShift(greyOf(sideways), goal, size, UPRIGHT)
  return { panned: sideways.map(plane => shifted(plane, size, { x: 0, y })) as Planes, pan: { x, y } }
}

/** Where the pan does not explain the picture. */
const unexplained = (panned: Planes, after: Planes): boolean[] =>
  Array.from(after[0], (_, i) => panned.some((plane, c) => Math.abs(plane[i]! - after[c]![i]!) > NOTICED))

/** Where in the picture `after` something moves on its own, seen from `before`, and one pixel around: 0 or 1 a pixel. */
export function nearMovement(wordsBefore: Uint32Array, wordsAfter: Uint32Array, size: PictureSize): Uint8Array {
  const { height, width } = size
  const after = planesOf(wordsAfter)
  const moves = unexplained(removePan(planesOf(wordsBefore), after, size).panned, after)
  return Uint8Array.from(moves, (_, i) => {
    const [y, x] = [Math.floor(i / width), i % width]
    const near = [-1, 0, 1].some(dy =>
      [-1, 0, 1].some(dx => moves[clamp(y + dy, height) * width + clamp(x + dx, width)]),
    )
    return Number(near)
  })
}

/** Pixels 0 or 1 → weights of mean 1: those of 1 weigh `gain` times as much. */
export function weightsOf(near: Uint8Array, gain: number): Float32Array<ArrayBuffer> {
  const mean = near.reduce((sum, one) => sum + 1 + one * (gain - 1), 0) / near.length
  return Float32Array.from(near, one => (1 + one * (gain - 1)) / mean)
}

/**
 * The direction in which things go from one picture to the next, as a whole number: 2 · (0 left, 1 neither, 2 right) + 1 where they
 * rise. Against the pan if the picture pans, as a camera that follows; else as the figures go. Falling is not told from staying:
 * gravity needs no key.
 */
export function directionOf(wordsBefore: Uint32Array, wordsAfter: Uint32Array, size: PictureSize): number {
  const [before, after] = [planesOf(wordsBefore), planesOf(wordsAfter)]
  const { panned, pan } = removePan(before, after, size)
  const own = figureShift(before, panned, after, size)
  const x = Math.sign(pan.x === 0 ? own.x : -pan.x)
  const y = Math.sign(pan.y === 0 ? own.y : -pan.y)
  return 2 * (x + 1) + Number(y < 0)
}

export const DIRECTIONS = 6

/**
 * How the figures went: those are where the pan explains nothing and the new picture, rather than the old, stands out from its
 * surroundings, borders apart. Looked for at half size.
 */
function figureShift(before: Planes, panned: Planes, after: Planes, size: PictureSize): Shift {
  const { height, width } = size
  const moves = unexplained(panned, after)
  const around = after.map(plane => boxMean(plane, size)) as Planes
  const standsOut = (picture: Planes, i: number) =>
    picture.reduce((sum, plane, c) => sum + Math.abs(plane[i]! - around[c]![i]!), 0)
  const figure = Float32Array.from(moves, (moving, i) => {
    const [y, x] = [Math.floor(i / width), i % width]
    const isInner = y >= REACH && y < height - REACH && x >= REACH && x < width - REACH
    return Number(moving && isInner && standsOut(after, i) > standsOut(panned, i))
  })
  const half = { height: height >> 1, width: width >> 1 }
  const [small, goal, mask] = [greyOf(before), greyOf(after), figure].map(plane => halved(plane, width, half))
  return bestShift(small!, goal!, half, NEARBY, mask)
}

/** Mean over 15 × 15 pixels, as far as they lie in the picture. */
function boxMean(plane: Float32Array, { height, width }: PictureSize): Float32Array {
  const along = (from: Float32Array, count: number, step: number, place: (i: number) => number) =>
    from.map((_, i) => {
      const at = place(i)
      let [sum, n] = [0, 0]
      for (let d = Math.max(-REACH + 1, -at); d <= Math.min(REACH - 1, count - 1 - at); d++) {
        sum += from[i + d * step]!
        n++
      }
      return sum / n
    })
  const rows = along(plane, width, 1, i => i % width)
  return along(rows, height, width, i => Math.floor(i / width))
}

function halved(plane: Float32Array, width: number, half: PictureSize): Float32Array {
  return Float32Array.from({ length: half.height * half.width }, (_, i) => {
    const at = 2 * Math.floor(i / half.width) * width + 2 * (i % half.width)
    return (plane[at]! + plane[at + 1]! + plane[at + width]! + plane[at + width + 1]!) / 4
  })
}
