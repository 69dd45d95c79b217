// The samples of a step of the search: random transitions of clips, as pictures of one channel, and random blocks of their pixels.

import type { Clips, ClipWindow } from '../data/clips.ts'
import type { Random } from '../random.ts'
import type { Pictures, Pixels } from './pictures.ts'

/** Pixels per side of a block; blocks per transition. */
const [BLOCK, BLOCKS] = [4, 256]
/** Rounds of power iteration. */
const COLOUR_ROUNDS = 16

/** The least height and width of a frame. */
export const LEAST_SIZE = 4 * BLOCK

/** N pairs of successive frames. */
export interface Transitions {
  before: Pictures
  after: Pictures
}

/** Random transitions of random clips, without repetition if there are enough. */
export function drawTransitions(clips: Clips, perBatch: number, perClip: number, random: Random): ClipWindow[] {
  return draw(clips.clips, perBatch, random).flatMap(clip =>
    draw(clips.length - 1, perClip, random).map(first => ({ clip, first })),
  )
}

/** Runs of successive transitions of random clips. */
export function drawRuns(clips: Clips, perBatch: number, length: number, random: Random): ClipWindow[] {
  return draw(clips.clips, perBatch, random).flatMap(clip => {
    const start = random.integer(clips.length - length)
    return Array.from({ length }, (_, i) => ({ clip, first: start + i }))
  })
}

/** `count` random whole numbers below `end`, distinct if there are enough. */
function draw(end: number, count: number, random: Random): number[] {
  if (end < count) return Array.from({ length: count }, () => random.integer(end))
  const drawn = new Set<number>()
  while (drawn.size < count) drawn.add(random.integer(end))
  return [...drawn]
}

type Colour = readonly [number, number, number]

/** A random unit vector. */
export function randomColour(random: Pick<Random, 'normal'>): Colour {
  return unit([random.normal(), random.normal(), random.normal()])
}

/** The first principal direction, in colour space, of the change between two frames u8 [2, H, W, 3], by power iteration. */
export function changingColour(rgb: Uint8Array): Colour {
  const size = rgb.length / 2
  const gram = new Float64Array(9)
  for (let i = 0; i < size; i += 3)
    for (let c = 0; c < 3; c++) {
      const change = (rgb[size + i + c]! - rgb[i + c]!) / 255
      for (let d = 0; d < 3; d++) gram[3 * c + d]! += (change * (rgb[size + i + d]! - rgb[i + d]!)) / 255
    }
  let colour: Colour = [gram[0]! + 1e-12, gram[4]! + 1e-12, gram[8]! + 1e-12]
  for (let round = 0; round < COLOUR_ROUNDS; round++) {
    const along = (c: number) =>
      gram[3 * c]! * colour[0] + gram[3 * c + 1]! * colour[1] + gram[3 * c + 2]! * colour[2] + 1e-12 * colour[c]!
    colour = unit([along(0), along(1), along(2)])
  }
  return colour
}

function unit([r, g, b]: Colour): Colour {
  const length = Math.hypot(r, g, b)
  return [r / length, g / length, b / length]
}

/**
 * The frames of transitions in one channel: colours, less 0.5, projected onto a unit vector for each transition.
 * @param colourOf from the two frames u8 [2, H, W, 3]
 */
export async function readTransitions(
  clips: Clips,
  { height, width }: { height: number; width: number },
  transitions: readonly ClipWindow[],
  colourOf: (rgb: Uint8Array) => Colour,
): Promise<Transitions> {
  const count = transitions.length
  const size = height * width
  const [before, after] = [new Float32Array(count * size), new Float32Array(count * size)]
  for (const [n, { clip, first }] of transitions.entries()) {
    const rgb = await clips.frames(clip, first, 2)
    const [r, g, b] = colourOf(rgb)
    const grey = (i: number) =>
      r * (rgb[3 * i]! / 255 - 0.5) + g * (rgb[3 * i + 1]! / 255 - 0.5) + b * (rgb[3 * i + 2]! / 255 - 0.5)
    for (let i = 0; i < size; i++) {
      before[n * size + i] = grey(i)
      after[n * size + i] = grey(size + i)
    }
  }
  const shape = { count, height, width }
  return { before: { values: before, ...shape }, after: { values: after, ...shape } }
}

/** Random blocks of each picture that are not at its border, and the same `perBlock` random pixels of each. */
export function drawPixels({ count, height, width }: Pictures, perBlock: number, random: Random): Pixels {
  const [down, across] = [Math.floor(height / BLOCK) - 2, Math.floor(width / BLOCK) - 2]
  const blocks = Math.min(BLOCKS, down * across)
  const offsets = draw(BLOCK ** 2, perBlock, random)
  const length = count * blocks * perBlock
  const pixels = { rows: new Int32Array(length), columns: new Int32Array(length), blocks, perBlock }
  const order = Int32Array.from({ length: down * across }, (_, i) => i)
  for (let n = 0, at = 0; n < count; n++)
    for (let block = 0; block < blocks; block++) {
      const other = block + random.integer(order.length - block)
      const chosen = order[other]!
      order[other] = order[block]!
      order[block] = chosen
      for (const offset of offsets) {
        pixels.rows[at] = (Math.floor(chosen / across) + 1) * BLOCK + Math.floor(offset / BLOCK)
        pixels.columns[at++] = ((chosen % across) + 1) * BLOCK + (offset % BLOCK)
      }
    }
  return pixels
}

/** The first and the second half of the blocks of every picture. */
export function halvesOf({ rows, columns, blocks, perBlock }: Pixels): [Pixels, Pixels] {
  const cut = Math.floor(blocks / 2)
  const part = (first: number, end: number): Pixels => {
    const isInside = (_: number, i: number) => {
      const block = Math.floor(i / perBlock) % blocks
      return block >= first && block < end
    }
    return { rows: rows.filter(isInside), columns: columns.filter(isInside), blocks: end - first, perBlock }
  }
  return [part(0, cut), part(cut, blocks)]
}
