// A game seen from above: four directions, walls, coins, enemies that catch who touches them.
import type { Explorable, Playable } from '../policies/playable.ts'
import { moverAt } from './side_game.ts'
import { Cover, coverAt, type TopLevel } from './top_level.ts'

/** Pixels, and pixels a frame. */
export interface TopRules {
  pace: number
  width: number // the body's
  height: number
}

export interface TopState {
  x: number // the body's left edge, pixels
  y: number // its lower edge
  clock: number // frames
}

/** What an action means: 0 none, 1 left, 2 right, 3 up, 6 down. Others do nothing. */
const STEPS: Readonly<Record<number, readonly [x: number, y: number]>> = {
  1: [-1, 0],
  2: [1, 0],
  3: [0, -1],
  6: [0, 1],
}

/** Quarter turns clockwise from looking right. */
export type Direction = 0 | 1 | 2 | 3

export class TopGame implements Playable, Explorable<TopState> {
  readonly weights = [1, 4, 4, 4, 0, 0, 4]
  readonly onGround = true
  state: TopState
  facing: Direction = 0
  /** What the last action did: left 0, nothing 1, right 2, up 4, down 7. */
  move = 1

  constructor(
    readonly level: TopLevel,
    readonly rules: TopRules,
  ) {
    const { columns, rows, tile } = level
    this.state = { x: (columns >> 1) * tile, y: ((rows >> 1) + 1) * tile, clock: 0 }
  }

  /** Plays one frame. Gives whether the player lived; where it did not, the game stays as it was. */
  step(action: number): boolean {
    const before = this.state
    const after = this.after(before, action)
    if (!after) return false
    this.state = after
    const [x, y] = [Math.sign(after.x - before.x), Math.sign(after.y - before.y)]
    this.move = 1 + x + (y < 0 ? 3 : y > 0 ? 6 : 0)
    const [u, v] = STEPS[action] ?? [0, 0]
    if (u !== 0 || v !== 0) this.facing = u > 0 ? 0 : v > 0 ? 1 : u < 0 ? 2 : 3
    this.takeCoins()
    return true
  }

  diesUnder(actions: readonly number[]): boolean {
    let state: TopState | undefined = this.state
    for (const action of actions) {
      state = this.after(state, action)
      if (!state) return true
    }
    return false
  }

  place({ x, y }: TopState): [number, number] {
    return [x, y]
  }

  after({ x, y, clock }: TopState, action: number): TopState | undefined {
    const [u, v] = STEPS[action] ?? [0, 0]
    for (let gone = 0; u + v !== 0 && gone < this.rules.pace; gone++) {
      if (this.isBlocked(x + u, y + v)) break
      x += u
      y += v
    }
    clock++
    return this.isCaught(x, y, clock) ? undefined : { x, y, clock }
  }

  private isBlocked(x: number, y: number): boolean {
    const { tile } = this.level
    const last = Math.floor((x + this.rules.width - 1) / tile)
    for (let row = Math.floor((y - this.rules.height) / tile); row <= Math.floor((y - 1) / tile); row++)
      for (let column = Math.floor(x / tile); column <= last; column++)
        if (coverAt(this.level, column, row) !== Cover.Floor) return true
    return false
  }

  private isCaught(x: number, y: number, clock: number): boolean {
    const { movers, tile } = this.level
    const { width, height } = this.rules
    for (const mover of movers) {
      if (Math.abs(mover.x - x) > mover.span + 64 || Math.abs(mover.y - y) > mover.span + 64) continue
      const at = moverAt(mover, clock)
      if (at.x < x + width && at.x + tile > x && at.y - tile < y && at.y > y - height) return true
    }
    return false
  }

  private takeCoins(): void {
    const { coins, columns, tile } = this.level
    const { x, y } = this.state
    const { width, height } = this.rules
    if (coins.size === 0) return
    for (let row = Math.floor((y - height) / tile); row <= Math.floor((y - 1) / tile); row++)
      for (let column = Math.floor(x / tile); column <= Math.floor((x + width - 1) / tile); column++)
        coins.delete(row * columns + column)
  }
}
