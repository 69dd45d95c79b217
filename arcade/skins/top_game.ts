// The top-view game: four directions, walls, coins, enemies that kill on touch.
import type { Explorable, Playable } from '../policies/playable.ts'
import { enemyAt, takeCoins } from './side_game.ts'
import { TopCell, type TopLevel, topCellAt } from './top_level.ts'

/** Speed in pixels per frame, hitbox in pixels. */
export interface TopRules {
  pace: number
  width: number
  height: number
}

export interface TopState {
  x: number // left edge of the hitbox, pixels
  y: number // bottom edge of the hitbox
  clock: number // frames
}

/** Direction by action: 1 left, 2 right, 3 up, 6 down. Other actions do nothing. */
const STEPS: Readonly<Record<number, readonly [x: number, y: number]>> = {
  1: [-1, 0],
  2: [1, 0],
  3: [0, -1],
  6: [0, 1],
}

/** Multiples of 90° clockwise, from right. */
type Direction = 0 | 1 | 2 | 3

export class TopGame implements Playable, Explorable<TopState> {
  readonly weights = [1, 4, 4, 4, 0, 0, 4]
  readonly onGround = true
  state: TopState
  facing: Direction = 0
  /** Effect of the last action: left 0, still 1, right 2, up 4, down 7. */
  move = 1

  constructor(
    readonly level: TopLevel,
    readonly rules: TopRules,
  ) {
    const { columns, rows, tile } = level
    this.state = { x: (columns >> 1) * tile, y: ((rows >> 1) + 1) * tile, clock: 0 }
  }

  /** Plays one frame. Returns false, and changes nothing, if the character would die. */
  step(action: number): boolean {
    const before = this.state
    const after = this.simulate(before, action)
    if (!after) return false
    this.state = after
    const [x, y] = [Math.sign(after.x - before.x), Math.sign(after.y - before.y)]
    this.move = 1 + x + (y < 0 ? 3 : y > 0 ? 6 : 0)
    const [u, v] = STEPS[action] ?? [0, 0]
    if (u !== 0 || v !== 0) this.facing = u > 0 ? 0 : v > 0 ? 1 : u < 0 ? 2 : 3
    takeCoins(this.level, after, this.rules)
    return true
  }

  diesUnder(actions: readonly number[]): boolean {
    let state: TopState | undefined = this.state
    for (const action of actions) {
      state = this.simulate(state, action)
      if (!state) return true
    }
    return false
  }

  position({ x, y }: TopState): [number, number] {
    return [x, y]
  }

  simulate({ x, y, clock }: TopState, action: number): TopState | undefined {
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
        if (topCellAt(this.level, column, row) !== TopCell.Floor) return true
    return false
  }

  private isCaught(x: number, y: number, clock: number): boolean {
    const { enemies, tile } = this.level
    const { width, height } = this.rules
    for (const enemy of enemies) {
      if (Math.abs(enemy.x - x) > enemy.span + 64 || Math.abs(enemy.y - y) > enemy.span + 64) continue
      const at = enemyAt(enemy, clock)
      if (at.x < x + width && at.x + tile > x && at.y - tile < y && at.y > y - height) return true
    }
    return false
  }
}
