// How a world seen from the side looks and moves: rules, land, layers, ground, figures, all by chance from one seed.

import type { Random } from '../../src/random.ts'
import { noise } from '../drawing/noise.ts'
import { between, createPalette, fraction, oneOf, within } from '../drawing/palette.ts'
import {
  blendPixel,
  type Colour,
  createRaster,
  paste,
  type Raster,
  recolour,
  type Tone,
  toneOf,
} from '../drawing/raster.ts'
import { Cell } from '../game/level.ts'
import { paintBackground, paintMiddle } from './backgrounds.ts'
import type { Brush } from './brush.ts'
import { createFigure, type Figure } from './figures.ts'
import { paintCoin, paintPlant, paintSpikes } from './items.ts'
import { type Layer, SCREEN } from './screen.ts'
import { cellAt, createSideLevel, type Land, type SideLevel } from './side_level.ts'
import type { SideRules } from './side_rules.ts'
import { type PictureSource, Supply } from './supply.ts'
import { contrast, paintBlock, paintTexture } from './textures.ts'

/** What the camera does: follow along x alone, follow both ways, or stand still before one room. */
export type Camera = 'along' | 'both' | 'still'

export interface SideSkin {
  rules: SideRules
  level: SideLevel
  camera: Camera
  /** Where on the screen the body's middle and feet are, as far as the camera follows. */
  focus: { x: number; y: number }
  layers: Layer[]
  world: Raster
  figure: Figure | undefined // none: the camera alone moves
  coins: Raster[]
  enemies: Figure[]
}

const HIGHEST_JUMP = 30 // pixels
const COLUMNS_WIDE = 1200 // pixels that a level is wide

export async function createSideSkin(
  random: Random,
  source: PictureSource | undefined,
  isSafe: boolean,
): Promise<SideSkin> {
  const brush: Brush = { random, palette: createPalette(random), supply: await Supply.open(random, source) }
  const camera = oneOf(random, ['along', 'along', 'along', 'along', 'along', 'both', 'both', 'both', 'still'] as const)
  const tile = oneOf(random, [6, 8, 8, 8, 8, 8, 10, 12, 16])
  const hasFigure = camera !== 'along' || random.chance(88)
  const size = hasFigure ? Math.round(within(random, 7, Math.min(20, 8 + 1.1 * tile))) : 8
  const visible = Math.ceil(SCREEN / tile)
  const rows = camera === 'both' ? visible + random.between(3, 8) : visible
  const columns = camera === 'still' ? Math.floor(SCREEN / tile) : Math.ceil(COLUMNS_WIDE / tile)
  const height = rows * tile
  // A picture that is walked through as it is: its ground is level, and is seen only as a line, or not at all.
  const isPicture = camera === 'along' && random.chance(22)
  const [layers, behind] = paintLayers(brush, height, isPicture)
  const figure = hasFigure ? createFigure(brush, size, behind, 55) : undefined
  const rules = createRules(random, tile, figure)
  const land = isPicture || !figure ? PLAIN : createLand(random, isSafe)
  const level = createSideLevel(random, rules, land, { rows, columns, scrolls: camera === 'both' })
  const world = paintWorld(brush, level, isPicture || !figure)
  const enemies = [0, 1].map(() => createFigure(brush, tile + random.below(4), behind, 45))
  const focus = { x: random.chance(50) ? 32 : random.between(20, 44), y: random.between(36, 50) }
  return { rules, level, camera, focus, layers, world, figure, coins: paintCoin(brush, tile), enemies }
}

const PLAIN: Land = { flat: 1, step: 0, pit: 0, ledge: 0, pillar: 0, spikes: 0, coins: 0, walker: 0, flyer: 0 }

function createLand(random: Random, isSafe: boolean): Land {
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

function createRules(random: Random, tile: number, figure: Figure | undefined): SideRules {
  const gravity = oneOf(random, [1, 2, 2, 2, 3, 3, 4])
  const height = Math.min(HIGHEST_JUMP, within(random, 1.7, 3.2) * tile)
  let jump = gravity
  for (let sum = jump; sum < height; sum += jump) jump += gravity
  return {
    tile,
    pace: oneOf(random, [2, 3, 4, 4, 4, 4, 4, 5, 6, 8]),
    gravity,
    jump,
    fall: Math.max(gravity, oneOf(random, [4, 6, 8])),
    width: Math.max(3, (figure?.width ?? 8) - 2),
    height: Math.max(4, (figure?.height ?? 8) - 1),
  }
}

/** The layers, the farthest first, and how the farthest looks on the whole. */
function paintLayers(brush: Brush, height: number, isPicture: boolean): [Layer[], Tone] {
  const { random } = brush
  const factor = isPicture ? 1 : oneOf(random, [1, 1, 1, 0.5, 0.5, 0.25, 0])
  const layerHeight = (f: number) => SCREEN + Math.ceil((height - SCREEN) * f)
  const width = isPicture ? 288 : 192
  const far: Layer = { raster: paintBackground(brush, width, layerHeight(factor)), factor }
  const layers = [far]
  if (factor < 1 && random.chance(45)) {
    const near = factor === 0 ? 0.5 : oneOf(random, [0.5, 1])
    layers.push({ raster: paintMiddle(brush, 240, layerHeight(near)), factor: near })
  }
  return [layers, toneOf(far.raster)]
}

interface Surface {
  texture: Raster
  isTiled: boolean // the texture begins anew with each tile
  trim: Raster | undefined // along the top
  edge: Colour | undefined // a line between ground and air
  deep: number // how much darker it gets with depth
  alpha: number
}

function createSurface(brush: Brush, tile: number, isPicture: boolean): Surface {
  const { random, palette } = brush
  const isDrawn = isPicture || (palette.mood === 'paper' && random.chance(60))
  const isTiled = random.chance(40)
  const cut = palette.mood === 'paper' ? 15 : 40
  const hasTrim = random.chance(isPicture ? 20 : 65)
  return {
    texture: paintTexture(brush, isTiled ? tile : 48, palette.ground, cut),
    isTiled,
    trim: hasTrim ? paintTexture(brush, 48, palette.trim, 15) : undefined,
    edge: random.chance(isDrawn ? 60 : 40) ? contrast(palette.ground) : undefined,
    deep: random.chance(40) ? within(random, 0, 0.5) : 0,
    alpha: isDrawn ? oneOf(random, [0, 0, 0, 90, 255]) : 255,
  }
}

/** All that stands still, on see-through. `isPicture`: the ground may not show at all. */
function paintWorld(brush: Brush, level: SideLevel, isPicture: boolean): Raster {
  const { random, palette } = brush
  const { rows, columns, tile } = level
  const world = createRaster(columns * tile, rows * tile)
  const surface = createSurface(brush, tile, isPicture)
  const block = paintBlock(brush, tile, between(palette.vivid(), palette.ground, fraction(random)))
  const ledge = paintBlock(brush, tile, between(palette.vivid(), palette.trim, fraction(random)))
  const ledgeHeight = random.between(2, tile)
  const spikes = paintSpikes(brush, tile)
  const plants = [0, 1, 2].map(() => paintPlant(brush, tile))
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
  // After the plants, so that their feet are in the ground.
  for (let row = 0; row < rows; row++)
    for (let column = 0; column < columns; column++)
      if (isSolid(column, row)) paintGround(world, surface, level, column, row)
  paintEdges(brush, world, surface, level, isSolid)
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

/** The trim along the top and the lines about the ground. */
function paintEdges(
  { random }: Brush,
  world: Raster,
  { trim, edge }: Surface,
  { rows, columns, tile }: SideLevel,
  isSolid: (column: number, row: number) => boolean,
): void {
  const depth = random.between(1, Math.max(2, tile >> 1))
  const ragged = random.chance(50) ? noise(random, world.width, 1, 4, 0.5) : undefined
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

/** Light and shade over the world, varying slowly. */
function lightUp(random: Random, world: Raster): void {
  const light = noise(random, world.width >> 2, world.height >> 2, 16, 0.3)
  const strength = within(random, 0.1, 0.35)
  recolour(world, ([r, g, b], x, y) => {
    const at = Math.min((y >> 2) * (world.width >> 2) + Math.min(x >> 2, (world.width >> 2) - 1), light.length - 1)
    const k = 1 + strength * light[at]
    return [r * k, g * k, b * k]
  })
}
