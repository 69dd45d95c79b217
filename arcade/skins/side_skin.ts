// Random skins of the side view: physics, level, layers, ground and sprites from one random generator.

import type { Pcg } from '../../src/random.ts'
import { fractalNoise } from '../drawing/noise.ts'
import { createPalette, mixColours } from '../drawing/palette.ts'
import { choose, random01, uniform } from '../drawing/random_choice.ts'
import {
  blendPixel,
  type Colour,
  type ColourStats,
  colourStats,
  createRaster,
  mapColours,
  paste,
  type Raster,
} from '../drawing/raster.ts'
import { Cell } from '../game/level.ts'
import { paintBackground, paintMidground } from './backgrounds.ts'
import { type Character, createCharacter } from './characters.ts'
import { paintCoin, paintPlant, paintSpikes } from './items.ts'
import { PictureSampler, type PictureSource } from './picture_sampler.ts'
import { type Layer, SCREEN } from './screen.ts'
import { cellAt, createSideLevel, type FeatureWeights, type SideLevel } from './side_level.ts'
import type { SideRules } from './side_rules.ts'
import type { SkinContext } from './skin_context.ts'
import { contrast, paintBlock, paintTexture } from './textures.ts'

/** The camera follows in x, follows in x and y, or shows one room without scrolling. */
type Camera = 'along' | 'both' | 'still'

export interface SideSkin {
  rules: SideRules
  level: SideLevel
  camera: Camera
  /** Screen position of the character (centre, bottom) along the axes that the camera follows. */
  focus: { x: number; y: number }
  layers: Layer[]
  world: Raster
  character: Character | undefined // undefined: only the camera moves
  coins: Raster[]
  enemySprites: Character[]
}

const MAX_JUMP_HEIGHT = 30 // pixels
const LEVEL_WIDTH = 1200 // pixels

export async function createSideSkin(
  random: Pcg,
  source: PictureSource | undefined,
  isSafe: boolean,
): Promise<SideSkin> {
  const context: SkinContext = {
    random,
    palette: createPalette(random),
    pictures: await PictureSampler.open(random, source),
  }
  const camera = choose(random, ['along', 'along', 'along', 'along', 'along', 'both', 'both', 'both', 'still'] as const)
  const tile = choose(random, [6, 8, 8, 8, 8, 8, 10, 12, 16])
  const hasCharacter = camera !== 'along' || random.chance(88)
  const size = hasCharacter ? Math.round(uniform(random, 7, Math.min(20, 8 + 1.1 * tile))) : 8
  const visible = Math.ceil(SCREEN / tile)
  const rows = camera === 'both' ? visible + random.between(3, 8) : visible
  const columns = camera === 'still' ? Math.floor(SCREEN / tile) : Math.ceil(LEVEL_WIDTH / tile)
  const height = rows * tile
  // A walk through a picture: level ground, drawn as a line, half-transparent or not at all.
  const isPicture = camera === 'along' && random.chance(22)
  const [layers, behind] = paintLayers(context, height, isPicture)
  const character = hasCharacter ? createCharacter(context, size, behind, 55) : undefined
  const rules = createRules(random, tile, character)
  const land = isPicture || !character ? PLAIN : createFeatureWeights(random, isSafe)
  const level = createSideLevel(random, rules, land, { rows, columns, scrolls: camera === 'both' })
  const world = paintWorld(context, level, isPicture || !character)
  const enemySprites = [0, 1].map(() => createCharacter(context, tile + random.below(4), behind, 45))
  const focus = { x: random.chance(50) ? 32 : random.between(20, 44), y: random.between(36, 50) }
  return { rules, level, camera, focus, layers, world, character, coins: paintCoin(context, tile), enemySprites }
}

const PLAIN: FeatureWeights = {
  flat: 1,
  step: 0,
  pit: 0,
  ledge: 0,
  pillar: 0,
  spikes: 0,
  coins: 0,
  walker: 0,
  flyer: 0,
}

function createFeatureWeights(random: Pcg, isSafe: boolean): FeatureWeights {
  const some = (most: number) => (random.chance(70) ? random.below(most + 1) : 0)
  const deadly = isSafe ? 0 : 1
  return {
    flat: random.between(4, 16),
    step: some(18),
    pit: some(10) * deadly,
    ledge: some(16),
    pillar: some(10),
    spikes: some(7) * deadly,
    coins: some(14),
    walker: some(10) * deadly,
    flyer: some(7) * deadly,
  }
}

function createRules(random: Pcg, tile: number, character: Character | undefined): SideRules {
  const gravity = choose(random, [1, 2, 2, 2, 3, 3, 4])
  const height = Math.min(MAX_JUMP_HEIGHT, uniform(random, 1.7, 3.2) * tile)
  let jump = gravity
  for (let sum = jump; sum < height; sum += jump) jump += gravity
  return {
    tile,
    pace: choose(random, [2, 3, 4, 4, 4, 4, 4, 5, 6, 8]),
    gravity,
    jump,
    fall: Math.max(gravity, choose(random, [4, 6, 8])),
    width: Math.max(3, (character?.width ?? 8) - 2),
    height: Math.max(4, (character?.height ?? 8) - 1),
  }
}

/** The layers, farthest first, and the colour statistics of the farthest. */
function paintLayers(context: SkinContext, height: number, isPicture: boolean): [Layer[], ColourStats] {
  const { random } = context
  const factor = isPicture ? 1 : choose(random, [1, 1, 1, 0.5, 0.5, 0.25, 0])
  const layerHeight = (f: number) => SCREEN + Math.ceil((height - SCREEN) * f)
  const width = isPicture ? 288 : 192
  const far: Layer = { raster: paintBackground(context, width, layerHeight(factor)), factor }
  const layers = [far]
  if (factor < 1 && random.chance(45)) {
    const near = factor === 0 ? 0.5 : choose(random, [0.5, 1])
    layers.push({ raster: paintMidground(context, 240, layerHeight(near)), factor: near })
  }
  return [layers, colourStats(far.raster)]
}

interface Surface {
  texture: Raster
  isTiled: boolean // the texture restarts at each tile
  trim: Raster | undefined // along the top
  edge: Colour | undefined // outline of the ground
  deep: number // darkening from top to bottom, 0 … 1
  alpha: number
}

function createSurface(context: SkinContext, tile: number, isPicture: boolean): Surface {
  const { random, palette } = context
  const isDrawn = isPicture || (palette.mood === 'paper' && random.chance(60))
  const isTiled = random.chance(40)
  const cut = palette.mood === 'paper' ? 15 : 40
  const hasTrim = random.chance(isPicture ? 20 : 65)
  return {
    texture: paintTexture(context, isTiled ? tile : 48, palette.ground, cut),
    isTiled,
    trim: hasTrim ? paintTexture(context, 48, palette.trim, 15) : undefined,
    edge: random.chance(isDrawn ? 60 : 40) ? contrast(palette.ground) : undefined,
    deep: random.chance(40) ? uniform(random, 0, 0.5) : 0,
    alpha: isDrawn ? choose(random, [0, 0, 0, 90, 255]) : 255,
  }
}

/** Everything static as one transparent raster. `isPicture`: the ground may be invisible. */
function paintWorld(context: SkinContext, level: SideLevel, isPicture: boolean): Raster {
  const { random, palette } = context
  const { rows, columns, tile } = level
  const world = createRaster(columns * tile, rows * tile)
  const surface = createSurface(context, tile, isPicture)
  const block = paintBlock(context, tile, mixColours(palette.accent(), palette.ground, random01(random)))
  const ledge = paintBlock(context, tile, mixColours(palette.accent(), palette.trim, random01(random)))
  const ledgeHeight = random.between(2, tile)
  const spikes = paintSpikes(context, tile)
  const plants = [0, 1, 2].map(() => paintPlant(context, tile))
  const isSolid = (column: number, row: number) => {
    const cell = cellAt(level, column, row)
    return cell === Cell.Ground || cell === Cell.Top || row >= rows
  }
  for (let row = 0; row < rows; row++)
    for (let column = 0; column < columns; column++) {
      const [x, y] = [column * tile, row * tile]
      const cell = cellAt(level, column, row)
      if (cell === Cell.Block) paste(world, block, x, y)
      else if (cell === Cell.Spikes) paste(world, spikes, x, y)
      else if (cell === Cell.Platform) paste(world, { ...ledge, height: ledgeHeight }, x, y)
      else if (cell === Cell.Plant) {
        const plant = plants[random.below(plants.length)]
        paste(world, plant, x + ((tile - plant.width) >> 1), y + tile - plant.height)
      }
    }
  // The ground covers the base of the plants.
  for (let row = 0; row < rows; row++)
    for (let column = 0; column < columns; column++)
      if (isSolid(column, row)) paintGround(world, surface, level, column, row)
  paintEdges(context, world, surface, level, isSolid)
  if (random.chance(30)) lightUp(random, world)
  return world
}

function paintGround(
  world: Raster,
  { texture, isTiled, deep, alpha }: Surface,
  { tile, rows }: SideLevel,
  column: number,
  row: number,
): void {
  const size = texture.width
  for (let j = 0; j < tile; j++)
    for (let i = 0; i < tile; i++) {
      const [x, y] = [column * tile + i, row * tile + j]
      const from = 4 * ((isTiled ? j : y % size) * size + (isTiled ? i : x % size))
      const light = 1 - (deep * row) / rows
      const { data } = texture
      blendPixel(
        world.data,
        4 * (y * world.width + x),
        data[from] * light,
        data[from + 1] * light,
        data[from + 2] * light,
        alpha,
      )
    }
}

/** Draws the ground's top trim and outline. */
function paintEdges(
  { random }: SkinContext,
  world: Raster,
  { trim, edge }: Surface,
  { rows, columns, tile }: SideLevel,
  isSolid: (column: number, row: number) => boolean,
): void {
  const depth = random.between(1, Math.max(2, tile >> 1))
  const ragged = random.chance(50) ? fractalNoise(random, world.width, 1, 4, 0.5) : undefined
  const put = (x: number, y: number, r: number, g: number, b: number) =>
    blendPixel(world.data, 4 * (y * world.width + x), r, g, b, 255)
  for (let row = 0; row < rows; row++)
    for (let column = 0; column < columns; column++) {
      if (!isSolid(column, row)) continue
      const [left, top] = [column * tile, row * tile]
      for (let i = 0; i < tile; i++) {
        const x = left + i
        if (isSolid(column, row - 1)) continue
        const deep = Math.max(1, Math.round(depth + (ragged ? 2 * ragged[x] : 0)))
        for (let y = top; trim && y < Math.min(top + deep, top + tile); y++) {
          const from = 4 * ((y % 48) * 48 + (x % 48))
          put(x, y, trim.data[from], trim.data[from + 1], trim.data[from + 2])
        }
        if (edge !== undefined) put(x, top, edge >> 16, edge >> 8, edge)
      }
      if (edge === undefined) continue
      for (let j = 0; j < tile; j++) {
        if (!isSolid(column - 1, row) && column > 0) put(left, top + j, edge >> 16, edge >> 8, edge)
        if (!isSolid(column + 1, row) && column < columns - 1)
          put(left + tile - 1, top + j, edge >> 16, edge >> 8, edge)
      }
    }
}

/** Multiplies the world by slowly varying light. */
function lightUp(random: Pcg, world: Raster): void {
  const light = fractalNoise(random, world.width >> 2, world.height >> 2, 16, 0.3)
  const strength = uniform(random, 0.1, 0.35)
  mapColours(world, ([r, g, b], x, y) => {
    const at = Math.min((y >> 2) * (world.width >> 2) + Math.min(x >> 2, (world.width >> 2) - 1), light.length - 1)
    const k = 1 + strength * light[at]
    return [r * k, g * k, b * k]
  })
}
