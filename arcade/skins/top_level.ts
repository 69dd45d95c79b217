// Random top-view levels: open fields with obstacles, caves, rooms with doors, mazes.

import type { Pcg } from '../../src/random.ts'
import { choose } from '../drawing/random_choice.ts'
import type { Enemy } from './side_level.ts'

/** `Wall` and `Obstacle` are solid. An obstacle has a sprite of its own. */
export const TopCell = { Floor: 0, Wall: 1, Obstacle: 2 } as const

export interface TopLevel {
  rows: number
  columns: number
  tile: number // pixels
  cells: Uint8Array // [rows, columns] of TopCell
  coins: Set<number> // cell indices
  enemies: Enemy[]
}

export function topCellAt({ rows, columns, cells }: TopLevel, column: number, row: number): number {
  const isInside = column >= 0 && column < columns && row >= 0 && row < rows
  return isInside ? cells[row * columns + column] : TopCell.Wall
}

/** @param passage width of the narrowest passage, tiles */
export function createTopLevel(
  random: Pcg,
  size: { rows: number; columns: number; tile: number },
  passage: number,
  isSafe: boolean,
): TopLevel {
  const { rows, columns } = size
  const level: TopLevel = { ...size, cells: new Uint8Array(rows * columns), coins: new Set(), enemies: [] }
  const build = choose(random, [field, field, cave, rooms, maze])
  build(level, random, passage)
  // A border, since some levels are no larger than the screen.
  for (let row = 0; row < rows; row++)
    for (let column = 0; column < columns; column++)
      if (row === 0 || column === 0 || row === rows - 1 || column === columns - 1)
        level.cells[row * columns + column] = TopCell.Wall
  clear(level, columns >> 1, rows >> 1, passage)
  scatterCoins(level, random)
  if (!isSafe && random.chance(50)) addEnemies(level, random)
  return level
}

function put({ rows, columns, cells }: TopLevel, column: number, row: number, cover: number): void {
  if (column >= 0 && column < columns && row >= 0 && row < rows) cells[row * columns + column] = cover
}

/** Clears a square around a cell. */
function clear(level: TopLevel, column: number, row: number, reach: number): void {
  for (let r = row - reach; r <= row + reach; r++)
    for (let c = column - reach; c <= column + reach; c++) put(level, c, r, TopCell.Floor)
}

function field(level: TopLevel, random: Pcg): void {
  const { rows, columns } = level
  const density = random.between(1, 10)
  for (let i = (rows * columns * density) / 100; i > 0; i--) {
    const [column, row] = [random.below(columns), random.below(rows)]
    const isLarge = random.chance(25)
    const [width, height] = isLarge ? [random.between(1, 4), random.between(1, 3)] : [1, 1]
    for (let r = 0; r < height; r++)
      for (let c = 0; c < width; c++) put(level, column + c, row + r, isLarge ? TopCell.Wall : TopCell.Obstacle)
  }
}

/** A cave by cellular automaton: random rock, then a few majority votes of 3×3 cells. */
function cave(level: TopLevel, random: Pcg): void {
  const { rows, columns, cells } = level
  const percent = random.between(38, 46)
  for (let i = 0; i < cells.length; i++) cells[i] = random.chance(percent) ? TopCell.Wall : TopCell.Floor
  for (let times = random.between(2, 4); times > 0; times--) {
    const next = cells.map((_, i) => {
      const [row, column] = [Math.floor(i / columns), i % columns]
      let walls = 0
      for (let r = row - 1; r <= row + 1; r++)
        for (let c = column - 1; c <= column + 1; c++) walls += topCellAt(level, c, r) === TopCell.Wall ? 1 : 0
      return walls > 4 ? TopCell.Wall : TopCell.Floor
    })
    cells.set(next)
  }
  for (let i = 0; i < rows * columns * 0.02; i++)
    put(level, random.below(columns), random.below(rows), TopCell.Obstacle)
}

/** A grid of rooms with a door in most walls and a few obstacles. */
function rooms(level: TopLevel, random: Pcg, passage: number): void {
  const { rows, columns } = level
  const [wide, high] = [random.between(6, 10), random.between(5, 9)]
  const [left, top] = [(columns >> 1) % wide, (rows >> 1) % high].map((middle, i) => middle - ([wide, high][i] >> 1))
  for (let row = 0; row < rows; row++)
    for (let column = 0; column < columns; column++)
      if ((column - left) % wide === 0 || (row - top) % high === 0) put(level, column, row, TopCell.Wall)
  for (let y = top - high; y < rows; y += high)
    for (let x = left - wide; x < columns; x += wide) {
      const door = passage + random.below(2)
      if (random.chance(80)) {
        const at = x + 1 + random.below(Math.max(1, wide - 1 - door))
        for (let i = 0; i < door; i++) put(level, at + i, y, TopCell.Floor)
      }
      if (random.chance(80)) {
        const at = y + 1 + random.below(Math.max(1, high - 1 - door))
        for (let i = 0; i < door; i++) put(level, x, at + i, TopCell.Floor)
      }
      for (let things = random.below(3); things > 0; things--)
        put(level, x + random.between(2, wide - 2), y + random.between(2, high - 2), TopCell.Obstacle)
    }
}

/** A maze by depth-first search, with a few extra openings. Corridors are as wide as the character. */
function maze(level: TopLevel, random: Pcg, passage: number): void {
  const { rows, columns, cells } = level
  const step = passage + random.between(1, 2)
  cells.fill(TopCell.Wall)
  const [across, down] = [Math.floor((columns - 1) / step), Math.floor((rows - 1) / step)]
  const open = (column: number, row: number, width: number, height: number) => {
    for (let r = 0; r < height; r++) for (let c = 0; c < width; c++) put(level, column + c, row + r, TopCell.Floor)
  }
  const corner = (i: number): [number, number] => [1 + (i % across) * step, 1 + Math.floor(i / across) * step]
  const seen = new Uint8Array(across * down)
  const path = [(down >> 1) * across + (across >> 1)]
  seen[path[0]] = 1
  open(...corner(path[0]), passage, passage)
  while (path.length > 0) {
    const here = path[path.length - 1]
    const [x, y] = [here % across, Math.floor(here / across)]
    const ways = [
      [x - 1, y],
      [x + 1, y],
      [x, y - 1],
      [x, y + 1],
    ].filter(([u, v]) => u >= 0 && u < across && v >= 0 && v < down)
    const fresh = ways.filter(([u, v]) => seen[v * across + u] === 0)
    const isLoop = random.chance(6)
    if (fresh.length === 0 && !isLoop) {
      path.pop()
      continue
    }
    const [u, v] = choose(random, fresh.length > 0 ? fresh : ways)
    const there = v * across + u
    const [[ax, ay], [bx, by]] = [corner(here), corner(there)]
    open(Math.min(ax, bx), Math.min(ay, by), Math.abs(ax - bx) + passage, Math.abs(ay - by) + passage)
    if (seen[there]) path.pop()
    else path.push(there)
    seen[there] = 1
  }
}

function scatterCoins(level: TopLevel, random: Pcg): void {
  const percent = random.chance(60) ? random.below(9) : 0
  for (let i = 0; i < level.cells.length; i++)
    if (level.cells[i] === TopCell.Floor && random.chance(percent)) level.coins.add(i)
}

/** Adds enemies on free straight stretches. */
function addEnemies(level: TopLevel, random: Pcg): void {
  const { rows, columns, tile } = level
  for (let tries = Math.round((rows * columns) / 50); tries > 0; tries--) {
    const [column, row, upright] = [random.below(columns), random.below(rows), random.chance(50)]
    let span = 0
    const isFree = (i: number) =>
      topCellAt(level, column + (upright ? 0 : i), row - (upright ? i : 0)) === TopCell.Floor
    while (span < 7 && isFree(span)) span++
    const isNear = Math.abs(column - (columns >> 1)) < 5 && Math.abs(row - (rows >> 1)) < 5
    if (span < 3 || isNear) continue
    level.enemies.push({
      x: column * tile,
      y: (row + 1) * tile,
      span: (span - 1) * tile,
      pace: random.between(1, 3),
      phase: random.below(200),
      upright,
      kind: random.below(2),
    })
  }
}
