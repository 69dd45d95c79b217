// A level: eight rows of 8×8-pixel tiles of any width. A seed determines it: a random sequence of small features (a pit, a step, a
// slime's path), each of which can be passed from either side with one jump.
import { Pcg } from '../../src/random.ts'
import { HELD_OUT_THEMES, THEMES, type Theme } from './themes.ts'

export const ROWS = 8
export const TILE = 8 // pixels
const COLUMNS = 128

/** What a cell holds. From `Ground` to `Block` it is solid; `Platform` carries from above only. */
export const Cell = {
  Air: 0,
  Ground: 1,
  Top: 2,
  Block: 3,
  Platform: 4,
  Spikes: 5,
  Coin: 6,
  Flag: 7,
  Pole: 8,
  Plant: 9,
} as const
/** The background of a cell: the sky alone, a part of a cloud, a part of a hill. */
export const Back = { Sky: 0, CloudLeft: 1, Cloud: 2, CloudRight: 3, HillUp: 4, Hill: 5, HillDown: 6 } as const

/** A slime that hops back and forth on flat ground, one hop of half a tile every second frame. */
export interface Slime {
  column: number // its leftmost
  span: number // tiles it walks to the right of that
  row: number
  phase: number // hops it is ahead of the level's clock
}

export interface Level {
  theme: Theme
  columns: number
  cells: Uint8Array // [ROWS, columns] of Cell; coins vanish from it as they are taken
  backs: Uint8Array // [ROWS, columns] of Back
  slimes: Slime[]
}

/** Cell at a tile position; outside the level there is rock at both sides and air above and below. */
export function cellAt(level: Level, column: number, row: number): number {
  if (column < 0 || column >= level.columns) return Cell.Block
  return row < 0 || row >= ROWS ? Cell.Air : level.cells[row * level.columns + column]
}

/** Where a level ends. */
export const flagColumn = ({ columns }: Level): number => columns - 6

/** The level of a seed. `heldOut`: in one of the themes that training never sees. */
export function createLevel(seed: number, heldOut = false): Level {
  const random = new Pcg(seed)
  const themes = heldOut ? HELD_OUT_THEMES : THEMES
  const size = ROWS * COLUMNS
  const level: Level = {
    theme: themes[random.below(themes.length)],
    columns: COLUMNS,
    cells: new Uint8Array(size),
    backs: new Uint8Array(size),
    slimes: [],
  }
  paintBackground(level, random)
  new Builder(level, random).build()
  return level
}

function paintBackground(level: Level, random: Pcg): void {
  const put = (column: number, row: number, back: number) => {
    if (column < COLUMNS && level.backs[row * COLUMNS + column] === Back.Sky) level.backs[row * COLUMNS + column] = back
  }
  for (let column = random.below(4); column < COLUMNS; column += random.between(5, 9)) {
    const row = random.below(2)
    const width = random.between(2, 3)
    for (let i = 0; i < width; i++)
      put(column + i, row, i === 0 ? Back.CloudLeft : i === width - 1 ? Back.CloudRight : Back.Cloud)
    column += width
  }
  for (let column = random.below(4); column < COLUMNS; ) {
    const height = random.between(2, 4)
    for (let level = 0; level < height; level++) {
      const row = ROWS - 1 - level
      put(column + level, row, Back.HillUp)
      for (let c = column + level + 1; c < column + 2 * height - level - 1; c++) put(c, row, Back.Hill)
      put(column + 2 * height - level - 1, row, Back.HillDown)
    }
    column += 2 * height + random.below(4)
  }
}

/** Lays features from left to right. `height`: tiles of ground at the next column, 1 … 3. */
class Builder {
  private column = 0
  private height = 2

  constructor(
    private readonly level: Level,
    private readonly random: Pcg,
  ) {}

  build(): void {
    const { random } = this
    this.flat(5)
    while (this.column < COLUMNS - 14) {
      const feature = random.pick([16, 18, 14, 12, 18, 12, 10])
      if (feature === 0) this.coins()
      else if (feature === 1) this.step()
      else if (feature === 2) this.pit()
      else if (feature === 3) this.spikes()
      else if (feature === 4) this.platform()
      else if (feature === 5) this.pillar()
      else this.slime()
    }
    while (this.column < COLUMNS) this.flat(1)
    this.put(flagColumn(this.level), this.height, Cell.Pole)
    this.put(flagColumn(this.level), this.height + 1, Cell.Flag)
  }

  /** Sets the cell `above` tiles over the level's floor. */
  private put(column: number, above: number, cell: number): void {
    this.level.cells[(ROWS - 1 - above) * COLUMNS + column] = cell
  }

  private ground(length: number): void {
    for (let i = 0; i < length && this.column < COLUMNS; i++, this.column++) {
      for (let a = 0; a < this.height - 1; a++) this.put(this.column, a, Cell.Ground)
      this.put(this.column, this.height - 1, Cell.Top)
    }
  }

  /** Ground with nothing on it but, here and there, a plant. */
  private flat(length: number): void {
    for (let c = this.column; c < Math.min(this.column + length, COLUMNS); c++)
      if (this.random.chance(14)) this.put(c, this.height, Cell.Plant)
    this.ground(length)
  }

  private coins(): void {
    const length = this.random.between(2, 4)
    const above = this.height + this.random.below(2)
    for (let i = 0; i < length; i++) this.put(this.column + i, above, Cell.Coin)
    this.ground(length)
    this.flat(1)
  }

  private step(): void {
    const up = this.height === 1 || (this.height === 2 && this.random.chance(50))
    this.height += up ? 1 : -1
    this.flat(this.random.between(2, 4))
  }

  private pit(): void {
    const width = this.random.chance(70) ? 2 : 3
    if (this.random.chance(50)) for (let i = 0; i < width; i++) this.put(this.column + i, this.height + 1, Cell.Coin)
    this.column += width
    this.flat(this.random.between(3, 4))
  }

  private spikes(): void {
    const width = this.random.between(1, 2)
    this.flat(2)
    for (let i = 0; i < width; i++) this.put(this.column + i, this.height, Cell.Spikes)
    this.ground(width)
    this.flat(2)
  }

  /** A ledge two tiles up, over ground or, at times, over a pit; low enough that a jump from it stays in the picture. */
  private platform(): void {
    const height = Math.min(this.height, 2)
    const width = this.random.between(2, 4)
    if (height < this.height) this.height = height
    this.flat(2)
    for (let i = 0; i < width; i++) {
      this.put(this.column + i, height + 1, Cell.Platform)
      if (this.random.chance(50)) this.put(this.column + i, height + 2, Cell.Coin)
    }
    if (this.random.chance(30)) this.column += width
    else this.ground(width)
    this.flat(2)
  }

  private pillar(): void {
    const tall = this.random.between(1, Math.min(2, 4 - this.height))
    this.flat(2)
    for (let a = 0; a < tall; a++) this.put(this.column, this.height + a, Cell.Block)
    this.ground(1)
    this.flat(2)
  }

  private slime(): void {
    const span = this.random.between(3, 5)
    this.level.slimes.push({
      column: this.column + 1,
      span,
      row: ROWS - 1 - this.height,
      phase: this.random.below(4 * span),
    })
    this.ground(span + 3)
  }
}
