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

function planesOf(words: Uint32Array): Planes {
  const planes: Planes = [
    new Float32Array(words.length),
    new Float32Array(words.length),
    new Float32Array(words.length),
  ]
  for (let i = 0; i < words.length; i++) for (let c = 0; c < 3; c++) planes[c]![i] = (words[i]! >>> (8 * c)) & 255
  return planes
}

function greyOf([r, g, b]: Planes): Float32Array {
  const grey = new Float32Array(r.length)
  for (let i = 0; i < grey.length; i++) grey[i] = (r[i]! + g[i]! + b[i]!) / 3
  return grey
}

const clamp = (v: number, end: number) => Math.min(Math.max(v, 0), end - 1)

/** A plane moved, edges repeated. */
function shifted(plane: Float32Array, { height, width }: PictureSize, { x: dx, y: dy }: Shift): Float32Array {
  const moved = new Float32Array(plane.length)
  for (let y = 0, i = 0; y < height; y++) {
    const row = clamp(y - dy, height) * width
    for (let x = 0; x < width; x++) moved[i++] = plane[row + clamp(x - dx, width)]!
  }
  return moved
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
    const error = errorOf(before, after, size, shift, mask, least)
    if (error < least) [best, least] = [shift, error]
  }
  return best
}

/** How far `before`, moved, is from `after`; of no use once it is `enough`, so it ends there. */
function errorOf(
  before: Float32Array,
  after: Float32Array,
  { height, width }: PictureSize,
  { x: dx, y: dy }: Shift,
  mask: Float32Array | undefined,
  enough: number,
): number {
  let error = 0
  for (let y = 0, i = 0; y < height && error < enough; y++) {
    const row = clamp(y - dy, height) * width
    for (let x = 0; x < width; x++, i++) {
      const difference = Math.abs(before[row + clamp(x - dx, width)]! - after[i]!)
      error += mask ? difference * mask[i]! : difference
    }
  }
  return error
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

/** Where the pan does not explain the picture: 0 or 1 a pixel. */
function unexplained(panned: Planes, after: Planes): Uint8Array {
  const moves = new Uint8Array(after[0].length)
  for (let c = 0; c < 3; c++) {
    const [was, is] = [panned[c]!, after[c]!]
    for (let i = 0; i < moves.length; i++) if (Math.abs(was[i]! - is[i]!) > NOTICED) moves[i] = 1
  }
  return moves
}

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
  return meanAlong(meanAlong(plane, height, width, 1, width), width, height, width, 1)
}

/** Mean over 15 neighbours in every one of so many lines: `step` from one to the next, `stride` from line to line. */
function meanAlong(from: Float32Array, lines: number, length: number, step: number, stride: number): Float32Array {
  const means = new Float32Array(from.length)
  for (let line = 0; line < lines; line++)
    for (let at = 0; at < length; at++) {
      const [first, last] = [Math.max(at - REACH + 1, 0), Math.min(at + REACH - 1, length - 1)]
      let sum = 0
      for (let n = first; n <= last; n++) sum += from[line * stride + n * step]!
      means[line * stride + at * step] = sum / (last - first + 1)
    }
  return means
}

function halved(plane: Float32Array, width: number, half: PictureSize): Float32Array {
  return Float32Array.from({ length: half.height * half.width }, (_, i) => {
    const at = 2 * Math.floor(i / half.width) * width + 2 * (i % half.width)
    return (plane[at]! + plane[at + 1]! + plane[at + width]! + plane[at + width + 1]!) / 4
  })
}
