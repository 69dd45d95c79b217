// The player's motion, as a function from body to body. Everything lies on a grid of four pixels. A run is half a tile per frame. A
// jump rises 8, 8, 4, 0 and falls 4, 8, 8 pixels, so it lasts seven frames and clears two and a half tiles.
import { Cell, cellAt, type Level, ROWS, type Slime, TILE } from './level.ts'

export const SIZE = 8 // the player's width and height, pixels
const RUN = 4 // pixels per frame
const GRAVITY = 4 // pixels per frame, each frame
const TOP_SPEED = 8
const JUMP = -12
const BOUNCE = -8

/** The keys of an action. */
export const ACTIONS = ['none', 'left', 'right', 'jump', 'left+jump', 'right+jump'] as const

export interface Body {
  x: number // of the upper left corner, pixels from the level's
  y: number
  speed: number // downwards, pixels per frame
}

const isSolid = (cell: number) => cell >= Cell.Ground && cell <= Cell.Block

/** Whether any cell that the player's box touches satisfies `test`. */
function touches(level: Level, x: number, y: number, test: (cell: number) => boolean): boolean {
  for (let row = y >> 3; row <= (y + SIZE - 1) >> 3; row++)
    for (let column = x >> 3; column <= (x + SIZE - 1) >> 3; column++) if (test(cellAt(level, column, row))) return true
  return false
}

/** Whether a player at (x, y) stands on something: ground, or a platform exactly under the feet. */
export function isSupported(level: Level, x: number, y: number): boolean {
  const row = (y + SIZE) / TILE
  if (!Number.isInteger(row)) return false
  for (let column = x >> 3; column <= (x + SIZE - 1) >> 3; column++) {
    const cell = cellAt(level, column, row)
    if (isSolid(cell) || cell === Cell.Platform) return true
  }
  return false
}

/** One frame of motion under an action: sideways first, then up or down, each up to the first obstacle. */
export function move(level: Level, { x, y, speed }: Body, action: number): Body {
  const side = action % 3 === 1 ? -RUN : action % 3 === 2 ? RUN : 0
  const carried = isSupported(level, x, y) && speed >= 0
  if (carried) speed = action >= 3 ? JUMP : 0
  else speed = Math.min(speed + GRAVITY, TOP_SPEED)
  if (!touches(level, x + side, y, isSolid)) x += side
  const distance = Math.max(speed, -TOP_SPEED)
  const step = distance < 0 ? -GRAVITY : GRAVITY
  for (let gone = 0; gone !== distance; gone += step) {
    if (step > 0 ? isSupported(level, x, y) : touches(level, x, y + step, isSolid)) {
      speed = 0
      break
    }
    y += step
  }
  return { x, y, speed }
}

/** Where a slime is at the level's frame `clock`: its corner in pixels, its direction, and whether it is in its hop. */
export function slimeAt(slime: Slime, clock: number): { x: number; y: number; facing: -1 | 1; hops: boolean } {
  const way = 2 * slime.span // half tiles
  const hop = ((clock >> 1) + slime.phase) % (2 * way)
  const along = hop < way ? hop : 2 * way - hop
  return {
    x: slime.column * TILE + 4 * along,
    y: slime.row * TILE,
    facing: hop < way ? 1 : -1,
    hops: (clock & 1) === 0,
  }
}

/** What happens to the player in a frame from `before` to `after`: nothing, death, or landing on a slime (its index). */
export function collide(
  level: Level,
  before: Body,
  after: Body,
  clock: number,
  gone: ReadonlySet<number>,
): 'dead' | number | undefined {
  if (after.y >= ROWS * TILE) return 'dead'
  if (touches(level, after.x, after.y, cell => cell === Cell.Spikes)) return 'dead'
  for (const [i, slime] of level.slimes.entries()) {
    if (gone.has(i) || Math.abs(slime.column * TILE - after.x) > 64) continue
    const { x, y } = slimeAt(slime, clock)
    if (Math.abs(x - after.x) >= SIZE || Math.abs(y - after.y) >= SIZE) continue
    return after.y > before.y && before.y < y ? i : 'dead'
  }
  return undefined
}

/** The body after landing on a slime. */
export const bounce = (body: Body): Body => ({ ...body, speed: BOUNCE })

/** Everything, besides the level and the action, that determines the next frame. */
export interface GameState {
  body: Body
  clock: number
  stomped: ReadonlySet<number> // slimes, by index
}

/** The state after an action; undefined if the player dies. */
export function simulate(level: Level, { body, clock, stomped }: GameState, action: number): GameState | undefined {
  const after = move(level, body, action)
  const met = collide(level, body, after, clock + 1, stomped)
  if (met === 'dead') return undefined
  if (met === undefined) return { body: after, clock: clock + 1, stomped }
  return { body: bounce(after), clock: clock + 1, stomped: new Set([...stomped, met]) }
}

/** Whether a player at (x, y) is at the flag. */
export const atFlag = (level: Level, { x, y }: Body): boolean =>
  touches(level, x, y, cell => cell === Cell.Flag || cell === Cell.Pole)
