// The arcade is a pure function of (seed, actions), and its labels say what a key did, not what it was meant to do.
import { createHash } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { playClip } from '../../arcade/clips.ts'
import { Game, HEIGHT, WIDTH } from '../../arcade/game/game.ts'
import { Cell, createLevel, ROWS } from '../../arcade/game/level.ts'
import { STILLS, still } from '../../arcade/game/stills.ts'
import { HELD_OUT_THEMES, THEMES } from '../../arcade/game/themes.ts'
import { clipBytes, GOLDEN } from './golden.ts'

const LEFT = 1
const RIGHT = 2
const JUMP = 3
const RIGHT_JUMP = 5

function picture(game: Game): Uint8Array {
  const rgb = new Uint8Array(HEIGHT * WIDTH * 3)
  game.render(rgb)
  return rgb
}

/** A game on level ground: `cells` from the seed are replaced by two rows of ground and the given extras. */
function flatGame(extras: [column: number, row: number, cell: number][] = []): Game {
  const game = new Game(1)
  const { level } = game
  level.cells.fill(Cell.Air)
  level.slimes.length = 0
  for (let c = 0; c < level.columns; c++) {
    level.cells[6 * level.columns + c] = Cell.Top
    level.cells[7 * level.columns + c] = Cell.Ground
  }
  for (const [column, row, cell] of extras) level.cells[row * level.columns + column] = cell
  Object.assign(game, { body: { x: 40, y: 40, speed: 0 }, safe: { x: 40, y: 40, speed: 0 } })
  return game
}

const heights = (game: Game, actions: number[]) =>
  actions.map(action => {
    game.step(action)
    return 40 - game.player.y
  })

describe('determinism', () => {
  test('one seed and index give the same clip twice', () => {
    expect(playClip(5, 3, 33)).toEqual(playClip(5, 3, 33))
  })

  test('clips of other indices and other seeds are other levels', () => {
    const first = playClip(5, 3, 2).frames
    expect(playClip(5, 4, 2).frames).not.toEqual(first)
    expect(playClip(6, 3, 2).frames).not.toEqual(first)
  })

  test('the frames, keys and moves of a clip are those they were on every machine', () => {
    expect(createHash('sha256').update(clipBytes()).digest('hex')).toBe(GOLDEN)
  })
})

describe('motion', () => {
  test('a run scrolls the world by four pixels per frame and leaves the player where it is on the screen', () => {
    const game = flatGame([[12, 3, Cell.Block]])
    const before = picture(game)
    const x = game.player.x
    game.step(RIGHT)
    const after = picture(game)
    expect(game.player.x).toBe(x)
    const row = 3 * 8 * WIDTH * 3
    expect(after.subarray(row, row + (WIDTH - 4) * 3)).toEqual(before.subarray(row + 4 * 3, row + WIDTH * 3))
  })

  test('a jump lasts seven frames and rises two tiles and a half', () => {
    expect(heights(flatGame(), [JUMP, 0, 0, 0, 0, 0, 0, 0])).toEqual([8, 16, 20, 20, 16, 8, 0, 0])
  })

  test('a platform carries from above and lets through from below', () => {
    expect(heights(flatGame([[5, 4, Cell.Platform]]), [JUMP, 0, 0, 0, 0, 0])).toEqual([8, 16, 20, 20, 16, 16])
  })

  test('an action out of range is refused', () => {
    expect(() => flatGame().step(6)).toThrow('action 6 is not one of 0 … 5')
  })
})

describe('moves', () => {
  const moves = (game: Game, actions: number[]) =>
    actions.map(action => {
      game.step(action)
      return game.move
    })

  test('are left 0, still 1, right 2', () => {
    expect(moves(flatGame(), [LEFT, 0, RIGHT])).toEqual([0, 1, 2])
  })

  test('add 3 while rising only', () => {
    expect(moves(flatGame(), [JUMP, 0, RIGHT_JUMP, RIGHT, RIGHT, LEFT])).toEqual([4, 4, 5, 2, 2, 0])
  })

  test('are still for a key held against a wall', () => {
    expect(moves(flatGame([[6, 5, Cell.Block]]), [RIGHT, RIGHT])).toEqual([1, 1])
  })
})

describe('rules', () => {
  test('a coin is taken once and is gone from the picture', () => {
    const game = flatGame([[6, 5, Cell.Coin]])
    game.step(RIGHT)
    game.step(LEFT)
    game.step(RIGHT)
    expect(game.coins).toBe(1)
    expect(game.level.cells).not.toContain(Cell.Coin)
  })

  test('spikes lead back to the last safe ground, and the frame counts as still', () => {
    const game = flatGame([[8, 5, Cell.Spikes]])
    for (let i = 0; i < 5; i++) game.step(RIGHT)
    expect([game.deaths, game.move]).toEqual([1, 1])
    expect(game.onGround).toBe(true)
  })

  test('a slime kills from the side and is squashed from above', () => {
    const slime = { column: 6, span: 5, row: 5, phase: 0 }
    const walking = flatGame()
    walking.level.slimes.push({ ...slime })
    walking.step(RIGHT)
    expect(walking.deaths).toBe(1)
    const falling = flatGame()
    falling.level.slimes.push({ ...slime, column: 4 })
    Object.assign(falling, { body: { x: 36, y: 28, speed: 0 } })
    for (let i = 0; i < 3; i++) falling.step(0)
    expect(falling.deaths).toBe(0)
    expect(falling.move).toBe(4)
  })

  test('the flag leads to the next level', () => {
    const game = flatGame([[6, 5, Cell.Pole]])
    const { level } = game
    game.step(RIGHT)
    expect(game.level).not.toBe(level)
  })
})

describe('levels', () => {
  test('can be crossed: no pit is wider than three tiles, no wall higher than two', () => {
    for (let seed = 0; seed < 50; seed++) {
      const { cells, columns } = createLevel(seed)
      const has = (column: number, row: number, ...kinds: number[]) => kinds.includes(cells[row * columns + column])
      const rows = Array.from({ length: ROWS }, (_, row) => row)
      let widest = 0
      let highest = 0
      let gap = 0
      let height = 2
      for (let c = 0; c < columns; c++) {
        const top = ROWS - (rows.find(row => has(c, row, Cell.Top, Cell.Block)) ?? ROWS)
        const isPit = top === 0 && !rows.some(row => has(c, row, Cell.Platform))
        gap = isPit ? gap + 1 : 0
        widest = Math.max(widest, gap)
        if (top === 0) continue
        highest = Math.max(highest, Math.abs(top - height))
        height = top
      }
      expect([seed, widest <= 3, highest <= 2]).toEqual([seed, true, true])
    }
  })

  test('come in the themes asked for', () => {
    const names = (heldOut: boolean) =>
      new Set(Array.from({ length: 99 }, (_, i) => createLevel(i, heldOut).theme.name))
    expect(names(false)).toEqual(new Set(THEMES.map(t => t.name)))
    expect(names(true)).toEqual(new Set(HELD_OUT_THEMES.map(t => t.name)))
  })

  test('the stills to prompt with are of the themes they name', () => {
    for (const { theme, seed, heldOut, start } of STILLS) {
      expect(createLevel(seed, heldOut).theme.name).toBe(theme)
      expect(new Set(still({ seed, heldOut, start })).size).toBeGreaterThan(10)
    }
  })
})

test('a clip holds T frames, T − 1 keys and moves, and the box in which the player is red', () => {
  const { frames, keys, moves, player } = playClip(9, 0, 7)
  expect([frames.length, keys.length, moves.length, player.length]).toEqual([7 * 64 * 64 * 3, 6, 6, 28])
  for (let t = 0; t < 7; t++) {
    const [x, y, width, height] = player.subarray(4 * t, 4 * t + 4)
    let red = 0
    for (let j = y; j < y + height; j++)
      for (let i = x; i < x + width; i++) {
        const at = 3 * ((t * 64 + j) * 64 + i)
        if (frames[at] === 0xe6 && frames[at + 1] === 0x30) red++
      }
    expect(red).toBeGreaterThan(10)
  }
})
