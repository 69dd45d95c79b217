// Random skins of the top view: physics, level, floor, walls and sprites from one random generator.

import type { Pcg } from '../../src/random.ts'
import { fractalNoise } from '../drawing/noise.ts'
import { createPalette, darken, lighten, luma, mixColours } from '../drawing/palette.ts'
import { choose, uniform } from '../drawing/random_choice.ts'
import { blendPixel, type Colour, colourStats, createRaster, paste, type Raster, resize } from '../drawing/raster.ts'
import { paintBackground } from './backgrounds.ts'
import { paintCoin, paintPlant } from './items.ts'
import { PictureSampler, type PictureSource } from './picture_sampler.ts'
import { SCREEN } from './screen.ts'
import type { SkinContext } from './skin_context.ts'
import { contrast, paintBlock, paintTexture } from './textures.ts'
import { createTopCharacter, type TopCharacter } from './top_characters.ts'
import type { TopRules } from './top_game.ts'
import { createTopLevel, TopCell, type TopLevel, topCellAt } from './top_level.ts'

export interface TopSkin {
  rules: TopRules
  level: TopLevel
  /** Whether the camera follows the character. Otherwise the level is one screen. */
  follows: boolean
  world: Raster // opaque
  character: TopCharacter
  coins: Raster[]
  enemySprites: TopCharacter[]
}

const LEVEL_SIZE = 560 // width and height of a level that scrolls, pixels

export async function createTopSkin(random: Pcg, source: PictureSource | undefined, isSafe: boolean): Promise<TopSkin> {
  const context: SkinContext = {
    random,
    palette: createPalette(random),
    pictures: await PictureSampler.open(random, source),
  }
  const follows = random.chance(70)
  const tile = choose(random, follows ? [6, 8, 8, 8, 10, 12, 16] : [4, 6, 8, 8])
  const count = Math.floor((follows ? LEVEL_SIZE : SCREEN) / tile)
  const size = Math.round(uniform(random, 6, follows ? Math.min(18, 6 + tile) : 9))
  const floor = paintFloor(context, count * tile)
  const behind = colourStats(floor)
  const character = createTopCharacter(context, size, behind)
  const rules: TopRules = {
    pace: choose(random, [2, 3, 4, 4, 4, 4, 5, 6]),
    width: Math.max(3, character.width - 2),
    height: Math.max(3, Math.round((character.height - 1) * (random.chance(50) ? 1 : 0.6))),
  }
  const passage = Math.ceil(Math.max(rules.width, rules.height) / tile)
  const level = createTopLevel(random, { rows: count, columns: count, tile }, passage, isSafe)
  const mean = behind.colour.reduce((sum, v) => 256 * sum + Math.round(v), 0)
  paintWalls(context, level, floor, mean)
  const enemySprites = [0, 1].map(() => createTopCharacter(context, tile + random.below(3), behind))
  return { rules, level, follows, world: floor, character, coins: paintCoin(context, tile), enemySprites }
}

/** The floor: a texture, patches of a second one, or a whole background, with decorations. */
function paintFloor(context: SkinContext, size: number): Raster {
  const { random } = context
  const out = random.chance(15) ? resize(paintBackground(context, 192, 192), size, size) : paintGround(context, size)
  // Enough decorations for every part of the floor to show how it scrolls.
  const plants = [0, 1, 2].map(() => paintPlant(context, random.between(4, 9)))
  for (let i = (size * size) / random.between(800, 4000); i > 0; i--)
    paste(out, choose(random, plants), random.below(size), random.below(size))
  return out
}

function paintGround(context: SkinContext, size: number): Raster {
  const { random, palette } = context
  const base = random.chance(50) ? palette.ground : palette.sky[1]
  const texture = () => paintTexture(context, 48, mixColours(base, palette.accent(), uniform(random, 0, 0.3)), 20)
  const [first, second] = [texture(), texture()]
  const patches = random.chance(45) ? fractalNoise(random, size, size, 64, 0.4) : undefined
  const fade = random.chance(60) ? uniform(random, 0.2, 0.7) : 0 // towards the base colour
  const out = createRaster(size, size)
  for (let y = 0; y < size; y++)
    for (let x = 0; x < size; x++) {
      const { data } = patches && patches[y * size + x] > 0.25 ? second : first
      const from = 4 * ((y % 48) * 48 + (x % 48))
      const to = 4 * (y * size + x)
      for (let c = 0; c < 3; c++)
        out.data[to + c] = data[from + c] + (((base >> (16 - 8 * c)) & 255) - data[from + c]) * fade
      out.data[to + 3] = 255
    }
  return out
}

/** Draws walls and obstacles over the floor, with random shadows, front faces and outlines. */
function paintWalls(context: SkinContext, level: TopLevel, world: Raster, floor: Colour): void {
  const { random, palette } = context
  const { rows, columns, tile } = level
  const colour = distinct(random, palette.accent, floor)
  const isTiled = random.chance(60)
  const wall = isTiled ? paintBlock(context, tile, colour) : paintTexture(context, 48, colour, 30)
  const front = random.chance(50) ? random.between(2, Math.max(2, tile >> 1)) : 0
  const shadow = random.chance(45) ? random.between(1, 3) : 0
  const edge = random.chance(45) ? contrast(colour) : undefined
  const things = [0, 1, 2].map(() => paintObstacle(context, tile))
  const isWall = (column: number, row: number) => topCellAt(level, column, row) === TopCell.Wall
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
      if (topCellAt(level, column, row) === TopCell.Obstacle) {
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

/** The sprite of an obstacle: a block, a picture, a tree or a stone. */
function paintObstacle(context: SkinContext, tile: number): Raster {
  const { random, palette } = context
  const kind = random.below(3)
  if (kind === 0) return paintBlock(context, tile, palette.accent())
  return paintPlant(context, kind === 1 ? tile : Math.round(tile * 1.2))
}

/** A random colour that differs from another in brightness. */
function distinct(random: Pcg, accent: () => Colour, from: Colour): Colour {
  const colour = accent()
  if (Math.abs(luma(colour) - luma(from)) > 45) return colour
  const part = uniform(random, 0.4, 0.7)
  return luma(from) > 110 ? darken(colour, part) : lighten(colour, part)
}
