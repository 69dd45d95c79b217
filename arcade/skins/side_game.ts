// A game seen from the side, by rules of its own: run, jump, land on enemies or be caught by them. States are values: the policies
// look ahead with the same function that the game is played by.
import { Cell } from '../game/level.ts'
import type { Explorable, Playable } from '../policies/playable.ts'
import { cellAt, type Mover, type SideLevel } from './side_level.ts'
import type { SideRules } from './side_rules.ts'

export interface SideState {
  x: number // the body's left edge, pixels
  y: number // its feet
  speed: number // downwards
  clock: number // frames
  stomped: ReadonlySet<Mover>
}

const isSolid = (cell: number) => cell >= Cell.Ground && cell <= Cell.Block
const BOUNCE = 2 / 3 // of a jump

export class SideGame implements Playable, Explorable<SideState> {
  readonly weights = [1, 5, 5, 1, 2, 2]
  state: SideState
  facing: -1 | 1 = 1
  /** What the last action did: (left 0, still 1, right 2) + 3 while rising. */
  move = 1

  constructor(
    readonly level: SideLevel,
    readonly rules: SideRules,
    start: { x: number; y: number },
  ) {
    this.state = { ...start, speed: 0, clock: 0, stomped: new Set() }
  }

  /** Plays one frame. Gives whether the player lived; where it did not, the game stays as it was. */
  step(action: number): boolean {
    const before = this.state
    const after = this.after(before, action)
    if (!after) return false
    this.state = after
    if (action % 3 > 0) this.facing = action % 3 === 1 ? -1 : 1
    this.move = 1 + Math.sign(after.x - before.x) + (after.y < before.y ? 3 : 0)
    this.takeCoins()
    return true
  }

  get onGround(): boolean {
    return this.state.speed >= 0 && this.isSupported(this.state.x, this.state.y)
  }

  diesUnder(actions: readonly number[]): boolean {
    let state: SideState | undefined = this.state
    for (const action of actions) {
      state = this.after(state, action)
      if (!state) return true
    }
    return false
  }

  place({ x, y }: SideState): [number, number] {
    return [x, y / 2] // so that a jump alone leads to no new place
  }

  after({ x, y, speed, clock, stomped }: SideState, action: number): SideState | undefined {
    const { pace, gravity, jump, fall } = this.rules
    const side = action % 3 === 1 ? -1 : action % 3 === 2 ? 1 : 0
    if (speed >= 0 && this.isSupported(x, y)) speed = action >= 3 ? -jump : 0
    else speed = Math.min(speed + gravity, fall)
    const from = y
    for (let gone = 0; side !== 0 && gone < pace; gone++) {
      if (this.touches(x + side, y, isSolid)) break
      x += side
    }
    for (let left = Math.abs(speed), step = Math.sign(speed); left > 0; left--) {
      if (step > 0 ? this.isSupported(x, y) : this.touches(x, y - 1, isSolid)) {
        speed = 0
        break
      }
      y += step
    }
    const { level } = this
    if (y - this.rules.height > level.rows * level.tile) return undefined
    if (this.touches(x, y - 2, cell => cell === Cell.Spikes)) return undefined
    clock++
    for (const mover of level.movers) {
      if (Math.abs(mover.x - x) > mover.span + 64 || stomped.has(mover) || !this.meets(mover, clock, x, y)) continue
      if (!(speed > 0 && from < y && from <= moverAt(mover, clock).y - level.tile / 2)) return undefined
      return { x, y, speed: -Math.round(jump * BOUNCE), clock, stomped: new Set([...stomped, mover]) }
    }
    return { x, y, speed, clock, stomped }
  }

  private meets(mover: Mover, clock: number, x: number, y: number): boolean {
    const { tile } = this.level
    const { width, height } = this.rules
    const at = moverAt(mover, clock)
    return at.x + 2 < x + width && at.x + tile - 2 > x && at.y - tile + 2 < y && at.y > y - height + 1
  }

  private touches(x: number, y: number, test: (cell: number) => boolean): boolean {
    const { tile } = this.level
    const last = Math.floor((x + this.rules.width - 1) / tile)
    for (let row = Math.floor((y - this.rules.height) / tile); row <= Math.floor((y - 1) / tile); row++)
      for (let column = Math.floor(x / tile); column <= last; column++)
        if (test(cellAt(this.level, column, row))) return true
    return false
  }

  /** Ground or a ledge exactly under the feet. */
  private isSupported(x: number, y: number): boolean {
    const { tile } = this.level
    if (y % tile !== 0) return false
    const last = Math.floor((x + this.rules.width - 1) / tile)
    for (let column = Math.floor(x / tile); column <= last; column++) {
      const cell = cellAt(this.level, column, y / tile)
      if (isSolid(cell) || cell === Cell.Platform) return true
    }
    return false
  }

  private takeCoins(): void {
    const { x, y } = this.state
    const { tile, columns, coins } = this.level
    const { width, height } = this.rules
    if (coins.size === 0) return
    for (let row = Math.floor((y - height) / tile); row <= Math.floor((y - 1) / tile); row++)
      for (let column = Math.floor(x / tile); column <= Math.floor((x + width - 1) / tile); column++)
        coins.delete(row * columns + column)
  }
}

/** Where a mover is: its left edge and its feet, its direction, and how many frames it has gone. */
export function moverAt(mover: Mover, clock: number): { x: number; y: number; facing: -1 | 1; frame: number } {
  const frame = clock + mover.phase
  const gone = (frame * mover.pace) % (2 * mover.span)
  const along = gone < mover.span ? gone : 2 * mover.span - gone
  const facing = gone < mover.span ? 1 : -1
  return mover.upright
    ? { x: mover.x, y: mover.y - along, facing: 1, frame }
    : { x: mover.x + along, y: mover.y, facing, frame }
}

/** Where a body may stand, nearest to the middle of the level: on ground, with nothing deadly close by. */
export function findStart(level: SideLevel, rules: SideRules): { x: number; y: number } | undefined {
  const { tile, columns, rows } = level
  const body = Math.ceil(rules.height / tile)
  const wide = Math.ceil(rules.width / tile)
  for (let k = 0; k < columns; k++) {
    const column = (columns >> 1) + (k % 2 ? -((k + 1) >> 1) : k >> 1)
    for (let row = body; row < rows; row++) {
      const free = (c: number) => {
        for (let r = row - body; r < row; r++)
          if (![Cell.Air, Cell.Plant].includes(cellAt(level, c, r) as 0)) return false
        return cellAt(level, c, row) === Cell.Top
      }
      let isFree = true
      for (let c = column - 1; c <= column + wide; c++) isFree &&= free(c)
      const isSafe = level.movers.every(m => Math.abs(m.x + m.span / 2 - column * tile) > m.span / 2 + 3 * tile)
      if (isFree && isSafe) return { x: column * tile, y: row * tile }
    }
  }
  return undefined
}
