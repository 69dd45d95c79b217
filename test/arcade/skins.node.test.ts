// Games with random skins: clips depend on (seed, index) alone, labels match what happens, characters are visible, and every level
// can be crossed.
import { createHash } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { createRaster, type Raster } from '../../arcade/drawing/raster.ts'
import { Cell } from '../../arcade/game/level.ts'
import { ExploringPolicy } from '../../arcade/policies/exploring_policy.ts'
import { RandomPolicy } from '../../arcade/policies/random_policy.ts'
import { type SkinOptions, skinClip } from '../../arcade/skins/clips.ts'
import { SideGame, type SideState } from '../../arcade/skins/side_game.ts'
import { createSideLevel, type FeatureWeights, type SideLevel } from '../../arcade/skins/side_level.ts'
import { airTime, jumpHeight, type SideRules } from '../../arcade/skins/side_rules.ts'
import { SideScene } from '../../arcade/skins/side_scene.ts'
import { TopGame } from '../../arcade/skins/top_game.ts'
import { createTopLevel, TopCell, type TopLevel, topCellAt } from '../../arcade/skins/top_level.ts'
import { Pcg } from '../../src/random.ts'
import { SKINS_GOLDEN, skinBytes } from './golden.ts'

const options: SkinOptions = { view: 'both', heldOut: false, pictures: undefined }
const RULES: SideRules = { tile: 9, pace: 5, gravity: 2, jump: 8, fall: 6, width: 7, height: 11 }
const [LEFT, RIGHT, UP, DOWN] = [1, 2, 3, 6]

describe('clips', () => {
  test('and those of the arm are byte for byte what they are on every machine', async () => {
    expect(
      createHash('sha256')
        .update(await skinBytes())
        .digest('hex'),
    ).toBe(SKINS_GOLDEN)
  })

  test('one seed and index give the same clip twice, whatever was recorded between', async () => {
    const first = await skinClip(5, 3, 9, options)
    await skinClip(5, 4, 9, options)
    expect(await skinClip(5, 3, 9, options)).toEqual(first)
  })

  test('other indices, other seeds and held-out clips are other worlds', async () => {
    const { frames } = await skinClip(5, 3, 2, options)
    expect((await skinClip(5, 4, 2, options)).frames).not.toEqual(frames)
    expect((await skinClip(6, 3, 2, options)).frames).not.toEqual(frames)
    expect((await skinClip(5, 3, 2, { ...options, heldOut: true })).frames).not.toEqual(frames)
  })

  test('come in the view that is asked for, and in both', async () => {
    const views = async (view: SkinOptions['view']) => {
      const seen = new Set<number>()
      for (let i = 0; i < 12; i++) seen.add((await skinClip(1, i, 2, { ...options, view })).view[0]!)
      return [...seen].sort()
    }
    expect([await views('side'), await views('top'), await views('both')]).toEqual([[0], [1], [0, 1]])
  })

  test('have both policies in both views, and several paces', async () => {
    const kinds = new Set<string>()
    const paces = new Set<number>()
    for (let i = 0; i < 40; i++) {
      const { policy, view, pace } = await skinClip(2, i, 2, options)
      kinds.add(`${policy[0]} ${view[0]}`)
      paces.add(pace[0]!)
    }
    expect([...kinds].sort()).toEqual(['0 0', '0 1', '1 0', '1 1'])
    expect(paces.size).toBeGreaterThan(4)
  })

  test('show a character with contrast to its surroundings', async () => {
    let seen = 0
    let characters = 0
    for (let i = 0; i < 40; i++) {
      const { frames, player } = await skinClip(3, i, 2, options)
      const box = [...player.subarray(0, 4)] as [number, number, number, number]
      if (box[2] === 0) continue
      characters++
      if (contrastingPixels(frames, box) >= 12) seen++
    }
    expect(characters).toBeGreaterThan(30)
    expect(seen / characters).toBeGreaterThan(0.9)
  })

  test('are cut from pictures where there are some', async () => {
    const magenta = createRaster(40, 40, 0xff00ff)
    const asked: number[] = []
    const picture = async (index: number): Promise<Raster> => {
      asked.push(index)
      return magenta
    }
    let changed = 0
    for (let i = 0; i < 6; i++) {
      const cut = await skinClip(4, i, 2, { ...options, pictures: { count: 7, picture } })
      const drawn = await skinClip(4, i, 2, options)
      if (cut.frames.some((value, at) => value !== drawn.frames[at])) changed++
    }
    expect(changed).toBeGreaterThan(3)
    expect(asked.every(index => index >= 0 && index < 7)).toBe(true)
  })
})

/** How many pixels of a box in the first frame differ by more than 40 from the mean of those about it. */
function contrastingPixels(frames: Uint8Array, [left, top, width, height]: [number, number, number, number]): number {
  const isInside = (x: number, y: number) => x >= left && y >= top && x < left + width && y < top + height
  const sum = [0, 0, 0, 0]
  const within: number[] = []
  for (let y = Math.max(0, top - 4); y < Math.min(64, top + height + 4); y++)
    for (let x = Math.max(0, left - 4); x < Math.min(64, left + width + 4); x++) {
      const at = 3 * (64 * y + x)
      if (isInside(x, y)) within.push(at)
      else for (let c = 0; c < 4; c++) sum[c]! += c < 3 ? frames[at + c]! : 1
    }
  const mean = sum.slice(0, 3).map(v => v / sum[3]!)
  return within.filter(at => mean.some((v, c) => Math.abs(frames[at + c]! - v) > 40)).length
}

/** Level ground of two rows under six of air, and extras. */
function flatLevel(extras: [column: number, row: number, cell: number][] = []): SideLevel {
  const [rows, columns] = [8, 40]
  const cells = new Uint8Array(rows * columns)
  for (let c = 0; c < columns; c++) cells.set([Cell.Top], 6 * columns + c)
  for (let c = 0; c < columns; c++) cells.set([Cell.Ground], 7 * columns + c)
  for (const [column, row, cell] of extras) cells[row * columns + column] = cell
  return { rows, columns, tile: RULES.tile, cells, coins: new Set(), enemies: [] }
}
const START = { x: 10 * RULES.tile, y: 6 * RULES.tile }

describe('from the side', () => {
  test('a run goes as many pixels as the pace, a wall stops it, and the moves say so', () => {
    const game = new SideGame(flatLevel([[13, 5, Cell.Block]]), RULES, START)
    const seen = [RIGHT, RIGHT, RIGHT, RIGHT, LEFT, 0].map(action => {
      const { x } = game.state
      game.step(action)
      return [game.state.x - x, game.move]
    })
    expect(seen).toEqual([
      [5, 2],
      [5, 2],
      [5, 2],
      [5, 2],
      [-5, 0],
      [0, 1],
    ])
    for (let i = 0; i < 3; i++) game.step(RIGHT)
    expect(game.state.x).toBe(13 * RULES.tile - RULES.width)
    expect(game.move).toBe(1)
  })

  test('a jump rises and lasts as the rules say', () => {
    const game = new SideGame(flatLevel(), RULES, START)
    const heights: number[] = []
    do {
      game.step(UP)
      heights.push(START.y - game.state.y)
    } while (!game.onGround)
    expect(Math.max(...heights)).toBe(jumpHeight(RULES))
    expect(heights.length).toBe(airTime(RULES))
  })

  test('an enemy is squashed from above and kills from the side', () => {
    const enemy = { x: START.x + 12, y: START.y, span: 0.5, pace: 0, phase: 0, upright: false, kind: 0 }
    const walking = new SideGame({ ...flatLevel(), enemies: [enemy] }, RULES, START)
    expect(walking.step(RIGHT) && walking.step(RIGHT)).toBe(false)
    const falling = new SideGame({ ...flatLevel(), enemies: [enemy] }, RULES, { x: enemy.x, y: START.y - 24 })
    while (falling.state.stomped.size === 0) expect(falling.step(0)).toBe(true)
    expect(falling.state.speed).toBeLessThan(0)
  })

  test('spikes and pits kill, and a death leaves the game as it was', () => {
    const game = new SideGame(flatLevel([[12, 5, Cell.Spikes]]), RULES, START)
    while (game.step(RIGHT));
    expect(game.state.x).toBeLessThan(12 * RULES.tile)
    expect(game.diesUnder([RIGHT])).toBe(true)
    expect(game.diesUnder([LEFT])).toBe(false)
  })

  test('levels of every tile size and jump height can be crossed', () => {
    const land: FeatureWeights = {
      flat: 4,
      step: 10,
      pit: 8,
      ledge: 8,
      pillar: 8,
      spikes: 5,
      coins: 4,
      walker: 0,
      flyer: 0,
    }
    for (const [seed, tile, jump] of [
      [1, 6, 6],
      [2, 8, 8],
      [3, 12, 9],
      [4, 16, 10],
      [5, 8, 10],
    ] as const) {
      const rules: SideRules = { ...RULES, tile, jump, width: 6, height: 9 }
      const random = new Pcg(seed)
      const size = { rows: Math.ceil(64 / tile), columns: 60, scrolls: false }
      const level = createSideLevel(random, rules, land, size)
      expect([seed, reached(level, rules)]).toEqual([seed, true])
    }
  })

  test('the exploring policy visits more of a level than the random one', async () => {
    let [explored, chanced] = [0, 0]
    for (let seed = 0; seed < 8; seed++) {
      explored += await placesSeen(seed, true)
      chanced += await placesSeen(seed, false)
    }
    expect(explored).toBeGreaterThan(1.2 * chanced)
  })
})

/** Whether some way of playing leads from the left end of a level to its right end. */
function reached(level: SideLevel, rules: SideRules): boolean {
  const { tile, columns, rows } = level
  let row = 0
  while (row < rows && level.cells[row * columns + 2] === Cell.Air) row++
  const game = new SideGame(level, rules, { x: tile, y: row * tile })
  const open: SideState[] = [game.state]
  const known = new Set<string>()
  for (let state = open.pop(); state; state = open.pop()) {
    if (state.x > (columns - 4) * tile) return true
    for (const action of [LEFT, UP, RIGHT, RIGHT + UP]) {
      const next = game.simulate(state, action)
      const key = next && `${next.x} ${next.y} ${next.speed}`
      if (!next || known.has(key!)) continue
      known.add(key!)
      open.push(next)
    }
  }
  return false
}

async function placesSeen(seed: number, explores: boolean): Promise<number> {
  const scene = (await SideScene.create(seed, undefined, true))!
  const { game } = scene
  const explorer = new ExploringPolicy<SideState>(seed)
  const chance = new RandomPolicy(seed)
  const places = new Set<number>()
  for (let t = 0; t < 60; t++) {
    game.step(explores ? explorer.next(game) : chance.next(game))
    places.add(Math.floor(game.state.x / 12))
  }
  return places.size
}

describe('from above', () => {
  const open = (): TopLevel => ({
    rows: 20,
    columns: 20,
    tile: 8,
    cells: new Uint8Array(400),
    coins: new Set(),
    enemies: [],
  })

  test('four keys go four ways, and the moves say so', () => {
    const game = new TopGame(open(), { pace: 3, width: 6, height: 6 })
    const seen = [LEFT, RIGHT, UP, DOWN, 0].map(action => {
      const { x, y } = game.state
      game.step(action)
      return [game.state.x - x, game.state.y - y, game.move]
    })
    expect(seen).toEqual([
      [-3, 0, 0],
      [3, 0, 2],
      [0, -3, 4],
      [0, 3, 7],
      [0, 0, 1],
    ])
  })

  test('walls and obstacles stop the character at their edge', () => {
    const level = open()
    level.cells[10 * 20 + 12] = TopCell.Obstacle
    const game = new TopGame(level, { pace: 5, width: 6, height: 6 })
    for (let i = 0; i < 6; i++) game.step(RIGHT)
    expect(game.state.x).toBe(12 * 8 - 6)
  })

  test('most of a level’s floor can be reached', () => {
    for (let seed = 0; seed < 12; seed++) {
      const level = createTopLevel(new Pcg(seed), { rows: 41, columns: 41, tile: 8 }, 1, true)
      const floor = level.cells.filter(cell => cell === TopCell.Floor).length
      expect([seed, walked(level) > 0.4 * floor]).toEqual([seed, true])
    }
  })
})

/** How many cells can be reached from the middle. */
function walked(level: TopLevel): number {
  const open: [number, number][] = [[level.columns >> 1, level.rows >> 1]]
  const known = new Set<number>()
  for (let cell = open.pop(); cell; cell = open.pop()) {
    const [column, row] = cell
    if (topCellAt(level, column, row) !== TopCell.Floor || known.has(row * level.columns + column)) continue
    known.add(row * level.columns + column)
    open.push([column - 1, row], [column + 1, row], [column, row - 1], [column, row + 1])
  }
  return known.size
}
