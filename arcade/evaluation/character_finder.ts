// Finds whole characters of the arcade in a picture, generated or real, by comparing it with the game's own drawings in every pose,
// both directions and every place. Colours and edges may be inexact, as a tokenizer leaves them, but head, body and feet must each
// match.
import { PLAYER } from '../game/art.ts'
import { TILE } from '../game/level.ts'
import { THEMES } from '../game/themes.ts'

/** Rows of the drawing that are judged separately: hood and face, scarf and trunk, boots. */
const PARTS: readonly (readonly [first: number, end: number])[] = [
  [0, 5],
  [5, 7],
  [7, 8],
]
/** Mean squared error, on the scale 0 … 1, up to which a part matches. */
const TOLERANCE = [0.03, 0.05, 0.12]
/** Two finds closer than this, in pixels on both axes, are one character. */
const APART = 6

/** Upper left corner of a character, in pixels. */
interface Position {
  x: number
  y: number
}

/** A drawing's opaque pixels of one part: where they are, and their colours 0 … 1. */
type Part = { x: number; y: number; rgb: [number, number, number] }[]

/** The character's inks are the same in every theme. */
const INKS = THEMES[0]!.inks
const POSES: Part[][] = Object.values(PLAYER).flatMap(drawing => [parts(drawing, 1), parts(drawing, -1)])

function parts(drawing: string, facing: 1 | -1): Part[] {
  return PARTS.map(([first, end]) => {
    const part: Part = []
    for (let y = first; y < end; y++)
      for (let x = 0; x < TILE; x++) {
        const ink = INKS[drawing[y * TILE + (facing > 0 ? x : TILE - 1 - x)]!]
        if (ink !== undefined)
          part.push({ x, y, rgb: [(ink >> 16) / 255, ((ink >> 8) & 255) / 255, (ink & 255) / 255] })
      }
    return part
  })
}

/** All whole characters in a picture [height, width, 3] of values 0 … 1, the likeliest first. */
export function findCharacters(picture: ArrayLike<number>, height: number, width: number): Position[] {
  const found: (Position & { error: number })[] = []
  for (let y = 0; y + TILE <= height; y++)
    for (let x = 0; x + TILE <= width; x++) {
      const error = Math.min(...POSES.map(pose => mismatch(picture, width, x, y, pose)))
      if (error <= 1) found.push({ x, y, error })
    }
  found.sort((a, b) => a.error - b.error)
  const players: Position[] = []
  for (const { x, y } of found)
    if (!players.some(p => Math.abs(p.x - x) < APART && Math.abs(p.y - y) < APART)) players.push({ x, y })
  return players
}

/** The error of the worst part as a share of the tolerance: above 1 a part of this pose is missing. */
function mismatch(picture: ArrayLike<number>, width: number, left: number, top: number, pose: Part[]): number {
  let worst = 0
  for (const [i, part] of pose.entries()) {
    let sum = 0
    for (const { x, y, rgb } of part) {
      const at = 3 * ((top + y) * width + left + x)
      for (let c = 0; c < 3; c++) sum += (picture[at + c]! - rgb[c]!) ** 2
    }
    worst = Math.max(worst, sum / (3 * part.length * TOLERANCE[i]!))
    if (worst > 1) return worst
  }
  return worst
}
