// How a world seen from above looks and moves, by chance from one seed.

import type { Random } from '../../src/random.ts'
import { noise } from '../drawing/noise.ts'
import { between, brightness, createPalette, darker, lighter, oneOf, within } from '../drawing/palette.ts'
import { blendPixel, type Colour, createRaster, paste, type Raster, resize, toneOf } from '../drawing/raster.ts'
import { paintBackground } from './backgrounds.ts'
import type { Brush } from './brush.ts'
import { paintCoin, paintPlant } from './items.ts'
import { SCREEN } from './screen.ts'
import { type PictureSource, Supply } from './supply.ts'
import { contrast, paintBlock, paintTexture } from './textures.ts'
import { createTopFigure, type TopFigure } from './top_figures.ts'
import type { TopRules } from './top_game.ts'
import { Cover, coverAt, createTopLevel, type TopLevel } from './top_level.ts'

export interface TopSkin {
  rules: TopRules
  level: TopLevel
  /** Whether the camera follows; else it stands still before one room. */
  follows: boolean
  world: Raster // opaque
  figure: TopFigure
  coins: Raster[]
  enemies: TopFigure[]
}

const WIDE = 560 // pixels that a level is wide and high

export async function createTopSkin(
  random: Random,
  source: PictureSource | undefined,
  isSafe: boolean,
): Promise<TopSkin> {
  const brush: Brush = { random, palette: createPalette(random), supply: await Supply.open(random, source) }
  const follows = random.chance(70)
  const tile = oneOf(random, follows ? [6, 8, 8, 8, 10, 12, 16] : [4, 6, 8, 8])
  const count = Math.floor((follows ? WIDE : SCREEN) / tile)
  const size = Math.round(within(random, 6, follows ? Math.min(18, 6 + tile) : 9))
  const floor = paintFloor(brush, count * tile)
  const behind = toneOf(floor)
  const figure = createTopFigure(brush, size, behind)
  const rules: TopRules = {
    pace: oneOf(random, [2, 3, 4, 4, 4, 4, 5, 6]),
    width: Math.max(3, figure.width - 2),
    height: Math.max(3, Math.round((figure.height - 1) * (random.chance(50) ? 1 : 0.6))),
  }
  const passage = Math.ceil(Math.max(rules.width, rules.height) / tile)
  const level = createTopLevel(random, { rows: count, columns: count, tile }, passage, isSafe)
  const mean = behind.colour.reduce((sum, v) => 256 * sum + Math.round(v), 0)
  paintWalls(brush, level, floor, mean)
  const enemies = [0, 1].map(() => createTopFigure(brush, tile + random.below(3), behind))
  return { rules, level, follows, world: floor, figure, coins: paintCoin(brush, tile), enemies }
}

/** The ground everywhere: a texture that goes on, patches of another, or a whole picture. */
function paintFloor(brush: Brush, size: number): Raster {
  const { random, palette } = brush
  const base = random.chance(50) ? palette.ground : palette.sky[1]
  if (random.chance(15)) return resize(paintBackground(brush, 192, 192), size, size)
  const cloth = () => paintTexture(brush, 48, between(base, palette.vivid(), within(random, 0, 0.3)), 20)
  const [first, second] = [cloth(), cloth()]
  const patches = random.chance(45) ? noise(random, size, size, 64, 0.4) : undefined
  const calm = random.chance(60) ? within(random, 0.2, 0.7) : 0
  const out = createRaster(size, size)
  for (let y = 0; y < size; y++)
    for (let x = 0; x < size; x++) {
      const { data } = patches && patches[y * size + x] > 0.25 ? second : first
      const from = 4 * ((y % 48) * 48 + (x % 48))
      const to = 4 * (y * size + x)
      for (let c = 0; c < 3; c++)
        out.data[to + c] = data[from + c] + (((base >> (16 - 8 * c)) & 255) - data[from + c]) * calm
      out.data[to + 3] = 255
    }
  for (let i = random.chance(50) ? random.below((size * size) / 4000) : 0; i > 0; i--) {
    const plant = paintPlant(brush, random.between(4, 9))
    paste(out, plant, random.below(size), random.below(size))
  }
  return out
}

/** Walls and things over the floor, with shadows, fronts and lines as the skin has them. */
function paintWalls(brush: Brush, level: TopLevel, world: Raster, floor: Colour): void {
  const { random, palette } = brush
  const { rows, columns, tile } = level
  const colour = distinct(random, palette.vivid, floor)
  const isTiled = random.chance(60)
  const wall = isTiled ? paintBlock(brush, tile, colour) : paintTexture(brush, 48, colour, 30)
  const front = random.chance(50) ? random.between(2, Math.max(2, tile >> 1)) : 0
  const shadow = random.chance(45) ? random.between(1, 3) : 0
  const edge = random.chance(45) ? contrast(colour) : undefined
  const things = [0, 1, 2].map(() => paintThing(brush, tile))
  const isWall = (column: number, row: number) => coverAt(level, column, row) === Cover.Wall
  const shade = (x: number, y: number, alpha: number) => {
    if (x < world.width && y < world.height) blendPixel(world.data, 4 * (y * world.width + x), 0, 0, 0, alpha)
  }
  for (let row = 0; row < rows; row++)
    for (let column = 0; column < columns; column++) {
      if (!isWall(column, row)) continue
      for (let j = 0; j < tile; j++)
        for (let i = 0; i < shadow; i++)
          if (!isWall(column + 1, row)) shade((column + 1) * tile + i, row * tile + j, 90)
      for (let i = 0; i < tile; i++)
        for (let j = 0; j < shadow; j++)
          if (!isWall(column, row + 1)) shade(column * tile + i, (row + 1) * tile + j, 90)
    }
  for (let row = 0; row < rows; row++)
    for (let column = 0; column < columns; column++) {
      const [left, top] = [column * tile, row * tile]
      if (coverAt(level, column, row) === Cover.Thing) {
        const thing = things[random.below(things.length)]
        paste(world, thing, left + ((tile - thing.width) >> 1), top + tile - thing.height)
      }
      if (!isWall(column, row)) continue
      const isOpen = {
        left: !isWall(column - 1, row),
        right: !isWall(column + 1, row),
        up: !isWall(column, row - 1),
        down: !isWall(column, row + 1),
      }
      for (let j = 0; j < tile; j++)
        for (let i = 0; i < tile; i++) {
          const size = wall.width
          const from = 4 * ((isTiled ? j : (top + j) % size) * size + (isTiled ? i : (left + i) % size))
          const isFront = isOpen.down && j >= tile - front
          const light = isFront ? 0.6 : 1
          const to = 4 * ((top + j) * world.width + left + i)
          for (let c = 0; c < 3; c++) world.data[to + c] = wall.data[from + c] * light
          const isEdge =
            (isOpen.left && i === 0) ||
            (isOpen.right && i === tile - 1) ||
            (isOpen.up && j === 0) ||
            (isOpen.down && j === tile - 1)
          if (edge !== undefined && isEdge) blendPixel(world.data, to, edge >> 16, edge >> 8, edge, 255)
        }
    }
}

/** What stands alone: a picture, a tree, a rock, a block. */
function paintThing(brush: Brush, tile: number): Raster {
  const { random, palette } = brush
  const kind = random.below(3)
  if (kind === 0) return paintBlock(brush, tile, palette.vivid())
  return paintPlant(brush, kind === 1 ? tile : Math.round(tile * 1.2))
}

/** A colour that is told from another by its brightness. */
function distinct(random: Random, vivid: () => Colour, from: Colour): Colour {
  const colour = vivid()
  if (Math.abs(brightness(colour) - brightness(from)) > 45) return colour
  const part = within(random, 0.4, 0.7)
  return brightness(from) > 110 ? darker(colour, part) : lighter(colour, part)
}
