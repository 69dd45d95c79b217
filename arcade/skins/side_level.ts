// Random side-view levels for any tile size and jump: flats, steps, pits, ledges, pillars, spikes, enemies.
// One jump passes each feature.

import type { Pcg } from '../../src/random.ts'
import { choose } from '../drawing/random_choice.ts'
import { Cell } from '../game/level.ts'
import { airTime, jumpHeight, type SideRules } from './side_rules.ts'

/** An enemy that moves back and forth: a walker on the ground or a flyer. */
export interface Enemy {
  x: number // left end of its path, pixels
  y: number // bottom edge, pixels
  span: number // length of its path, pixels: to the right, or upwards if `upright`
  pace: number // pixels per frame
  phase: number // frames ahead of the clock
  upright: boolean
  kind: number // index of its sprite in the skin
}

export interface SideLevel {
  rows: number
  columns: number
  tile: number
  cells: Uint8Array // [rows, columns] of Cell, without coins
  coins: Set<number> // cell indices
  enemies: Enemy[]
}

/** How often each feature occurs, as relative weights. */
export interface FeatureWeights {
  flat: number
  step: number
  pit: number
  ledge: number
  pillar: number
  spikes: number
  coins: number
  walker: number
  flyer: number
}

/** Cell at a tile position. Outside the level: rock at both sides, air above and below. */
export function cellAt({ rows, columns, cells }: SideLevel, column: number, row: number): number {
  if (column < 0 || column >= columns) return Cell.Block
  return row < 0 || row >= rows ? Cell.Air : cells[row * columns + column]
}

/** @param size.scrolls whether the camera follows up and down; where it does not, a jump from the highest ground stays in the picture */
export function createSideLevel(
  random: Pcg,
  rules: SideRules,
  land: FeatureWeights,
  size: { rows: number; columns: number; scrolls: boolean },
): SideLevel {
  const { rows, columns } = size
  const level: SideLevel = {
    rows,
    columns,
    tile: rules.tile,
    cells: new Uint8Array(rows * columns),
    coins: new Set(),
    enemies: [],
  }
  new Builder(level, random, rules, size.scrolls).build(land)
  return level
}

class Builder {
  private column = 0
  private height: number // tiles of ground at the next column
  private readonly lowest: number
  private readonly highest: number
  private readonly reach: number // tiles that a jump rises at least
  private readonly gap: number // tiles that a jump crosses at least
  private readonly body: number // height of the character, tiles

  constructor(
    private readonly level: SideLevel,
    private readonly random: Pcg,
    rules: SideRules,
    scrolls: boolean,
  ) {
    const { tile } = rules
    this.reach = Math.max(0, Math.min(3, Math.floor((jumpHeight(rules) - 2) / tile)))
    this.gap = Math.max(0, Math.min(4, Math.floor((airTime(rules) * rules.pace - rules.width) / tile)))
    this.body = Math.ceil(rules.height / tile)
    this.lowest = scrolls ? 3 : 1
    const room = Math.ceil((rules.height + jumpHeight(rules)) / tile)
    this.highest = Math.max(this.lowest, level.rows - (scrolls ? this.body + this.reach : room))
    this.height = random.between(this.lowest, Math.min(this.highest, this.lowest + 2))
  }

  build(land: FeatureWeights): void {
    const { random, level } = this
    const kinds = Object.keys(land) as (keyof FeatureWeights)[]
    const weights = kinds.map(kind => land[kind])
    while (this.column < level.columns) this.lay(kinds[random.pick(weights)])
  }

  private lay(kind: keyof FeatureWeights): void {
    const { random } = this
    const start = this.column
    if (kind === 'flat') this.flat(random.between(2, 6))
    else if (kind === 'step') this.step()
    else if (kind === 'pit') this.pit()
    else if (kind === 'ledge') this.ledge()
    else if (kind === 'pillar') this.pillar()
    else if (kind === 'spikes') this.spikes()
    else if (kind === 'coins') {
      this.flat(random.between(2, 4))
      this.coins(start, this.column, this.height + random.below(2))
    } else if (kind === 'walker') {
      this.flat(random.between(5, 8))
      this.enemy(start + 1, this.column - 2, this.height, false)
    } else {
      this.flat(random.between(4, 7))
      this.enemy(start + 1, this.column - 2, this.height + random.between(1, 3), random.chance(40))
    }
  }

  private put(column: number, above: number, cell: number): void {
    const row = this.level.rows - 1 - above
    if (column < this.level.columns && row >= 0) this.level.cells[row * this.level.columns + column] = cell
  }

  private ground(length: number): void {
    for (let i = 0; i < length; i++, this.column++)
      for (let above = 0; above < this.height; above++)
        this.put(this.column, above, above === this.height - 1 ? Cell.Top : Cell.Ground)
  }

  private flat(length: number): void {
    for (let i = 0; i < length; i++) if (this.random.chance(12)) this.put(this.column + i, this.height, Cell.Plant)
    this.ground(length)
  }

  private coins(from: number, to: number, above: number): void {
    const { level } = this
    const row = level.rows - 1 - above
    if (row < 0) return
    for (let c = from; c < Math.min(to, level.columns); c++)
      if (level.cells[row * level.columns + c] === Cell.Air) level.coins.add(row * level.columns + c)
  }

  private step(): void {
    const up = this.random.chance(50)
    const by = this.random.between(1, Math.max(1, this.reach))
    if (up && this.reach > 0) this.height = Math.min(this.highest, this.height + by)
    else this.height = Math.max(this.lowest, this.height - by)
    this.flat(this.random.between(2, 4))
  }

  private pit(): void {
    if (this.gap < 1) {
      this.flat(3)
      return
    }
    const width = this.random.between(1, Math.max(1, this.gap - 1))
    if (this.random.chance(40)) this.coins(this.column, this.column + width, this.height + 1)
    this.column += width
    this.flat(this.random.between(3, 5))
  }

  /** One to three ledges, each a jump above the one before. */
  private ledge(): void {
    const { random } = this
    if (this.reach < 1) {
      this.flat(3)
      return
    }
    this.flat(2)
    let above = this.height
    let column = this.column
    const cell = choose(random, [Cell.Platform, Cell.Platform, Cell.Block])
    for (let ledges = random.between(1, 3); ledges > 0; ledges--) {
      above += Math.max(this.reach - 1, Math.min(this.reach, this.body))
      if (above + this.body >= this.level.rows) break
      const width = random.between(2, 4)
      for (let i = 0; i < width; i++) this.put(column + i, above, cell)
      if (random.chance(50)) this.coins(column, column + width, above + 1)
      column += width + random.below(2)
      if (random.chance(30)) column -= random.between(2, 4)
    }
    this.ground(Math.max(2, column - this.column))
    this.flat(2)
  }

  private pillar(): void {
    if (this.reach < 1) {
      this.flat(3)
      return
    }
    this.flat(2)
    const tall = this.random.between(1, this.reach)
    for (let width = this.random.between(1, 2); width > 0; width--) {
      for (let a = 0; a < tall; a++) this.put(this.column, this.height + a, Cell.Block)
      this.ground(1)
    }
    this.flat(2)
  }

  private spikes(): void {
    if (this.gap < 3 || this.reach < 1) {
      this.flat(3)
      return
    }
    this.flat(2)
    const width = this.random.between(1, this.gap - 2)
    for (let i = 0; i < width; i++) this.put(this.column + i, this.height, Cell.Spikes)
    this.ground(width)
    this.flat(2)
  }

  private enemy(from: number, to: number, above: number, upright: boolean): void {
    const { level, random } = this
    const { tile } = level
    const span = upright ? random.between(1, 3) * tile : Math.max(tile, (to - from) * tile)
    level.enemies.push({
      x: from * tile,
      y: (level.rows - above) * tile,
      span,
      pace: random.between(1, 3),
      phase: random.below(200),
      upright,
      kind: random.below(2),
    })
  }
}
