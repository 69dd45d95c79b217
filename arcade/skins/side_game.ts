// The side-view game: walking, jumping, stomping enemies, coins. States are immutable values, so that policies look ahead
// with the function that plays the game.
import { Cell } from '../game/level.ts'
import type { Explorable, Playable } from '../policies/playable.ts'
import { cellAt, type Enemy, type SideLevel } from './side_level.ts'
import type { SideRules } from './side_rules.ts'

export interface SideState {
  x: number // left edge of the hitbox, pixels
  y: number // bottom edge of the hitbox
  speed: number // downwards, pixels per frame
  clock: number // frames
  stomped: ReadonlySet<Enemy>
}

const isSolid = (cell: number) => cell >= Cell.Ground && cell <= Cell.Block
const BOUNCE = 2 / 3 // of a jump's speed, after stomping an enemy

export class SideGame implements Playable, Explorable<SideState> {
  readonly weights = [1, 5, 5, 1, 2, 2]
  state: SideState
  facing: -1 | 1 = 1
  /** Effect of the last action: (left 0, still 1, right 2) + 3 while rising. */
  move = 1

  constructor(
    readonly level: SideLevel,
    readonly rules: SideRules,
    start: { x: number; y: number },
  ) {
    this.state = { ...start, speed: 0, clock: 0, stomped: new Set() }
  }

  /** Plays one frame. Returns false, and changes nothing, if the character would die. */
  step(action: number): boolean {
    const before = this.state
    const after = this.simulate(before, action)
    if (!after) return false
    this.state = after
    if (action % 3 > 0) this.facing = action % 3 === 1 ? -1 : 1
    this.move = 1 + Math.sign(after.x - before.x) + (after.y < before.y ? 3 : 0)
    takeCoins(this.level, after, this.rules)
    return true
  }

  get onGround(): boolean {
    return this.state.speed >= 0 && this.isSupported(this.state.x, this.state.y)
  }

  diesUnder(actions: readonly number[]): boolean {
    let state: SideState | undefined = this.state
    for (const action of actions) {
      state = this.simulate(state, action)
      if (!state) return true
    }
    return false
  }

  position({ x, y }: SideState): [number, number] {
    return [x, y / 2] // a jump alone should not count as a new place
  }

  simulate({ x, y, speed, clock, stomped }: SideState, action: number): SideState | undefined {
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
    for (const enemy of level.enemies) {
      if (Math.abs(enemy.x - x) > enemy.span + 64 || stomped.has(enemy) || !this.meets(enemy, clock, x, y)) continue
      if (!(speed > 0 && from < y && from <= enemyAt(enemy, clock).y - level.tile / 2)) return undefined
      return { x, y, speed: -Math.round(jump * BOUNCE), clock, stomped: new Set([...stomped, enemy]) }
    }
    return { x, y, speed, clock, stomped }
  }

  private meets(enemy: Enemy, clock: number, x: number, y: number): boolean {
    const { tile } = this.level
    const { width, height } = this.rules
    const at = enemyAt(enemy, clock)
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

  /** Whether ground or a ledge lies directly below. */
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
}

/** Takes the coins of a level that a box touches, whose bottom left corner is (x, y). */
export function takeCoins(
  { tile, columns, coins }: { tile: number; columns: number; coins: Set<number> },
  { x, y }: { x: number; y: number },
  { width, height }: { width: number; height: number },
): void {
  if (coins.size === 0) return
  for (let row = Math.floor((y - height) / tile); row <= Math.floor((y - 1) / tile); row++)
    for (let column = Math.floor(x / tile); column <= Math.floor((x + width - 1) / tile); column++)
      coins.delete(row * columns + column)
}

/** An enemy's left and bottom edge at frame `clock`, its direction, and the frame of its animation. */
export function enemyAt(enemy: Enemy, clock: number): { x: number; y: number; facing: -1 | 1; frame: number } {
  const frame = clock + enemy.phase
  const gone = (frame * enemy.pace) % (2 * enemy.span)
  const along = gone < enemy.span ? gone : 2 * enemy.span - gone
  const facing = gone < enemy.span ? 1 : -1
  return enemy.upright
    ? { x: enemy.x, y: enemy.y - along, facing: 1, frame }
    : { x: enemy.x + along, y: enemy.y, facing, frame }
}

/** The spawn point: the free ground nearest to the level's centre that is clear of enemies. Undefined if there is none. */
export function findSpawn(level: SideLevel, rules: SideRules): { x: number; y: number } | undefined {
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
      const isSafe = level.enemies.every(m => Math.abs(m.x + m.span / 2 - column * tile) > m.span / 2 + 3 * tile)
      if (isFree && isSafe) return { x: column * tile, y: row * tile }
    }
  }
  return undefined
}
