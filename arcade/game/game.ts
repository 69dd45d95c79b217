// The platform game whose video Djinn's example worlds are trained on. The player runs and jumps past pits, spikes and slimes to the
// flag at the end of a level. It computes in whole numbers, so the same seed and actions give the same frames everywhere. Two
// successive frames show the whole state that matters.

import { hash } from '../../src/random.ts'
import { PLAYER, SLIME } from './art.ts'
import { Cell, createLevel, type Level, TILE } from './level.ts'
import { ACTIONS, type Body, bounce, collide, type GameState, isSupported, move, SIZE, slimeAt } from './physics.ts'
import { LevelRenderer, type Sprite } from './render.ts'

export { ACTIONS } from './physics.ts'
export { HEIGHT, WIDTH } from './render.ts'
export const FRAME_RATE = 10 // frames per second
/** The player's place on the screen, pixels from the left. It is constant: the camera follows exactly. */
export const PLAYER_X = 24

/** On the screen, in pixels. */
interface Box {
  x: number
  y: number
  width: number
  height: number
}

export class Game {
  level: Level
  coins = 0
  deaths = 0
  /** What the last action did: (left 0, still 1, right 2) + 3 while rising. A frame of death or of a new level is 1. */
  move = 1
  private renderer: LevelRenderer
  private body: Body
  private safe: Body // where the player continues after a death
  private facing: -1 | 1 = 1
  private clock = 0 // frames since the level began
  private readonly stomped = new Set<number>()

  /**
   * @param seed any whole number; the level, its theme, and all levels after it follow from it
   * @param options.heldOut levels in the held-out themes, which training never sees
   * @param options.start the column to begin at, or the next one to its right where it is safe to stand
   */
  constructor(
    private seed: number,
    private readonly options: { heldOut?: boolean; start?: number } = {},
  ) {
    this.level = createLevel(seed, options.heldOut)
    this.renderer = new LevelRenderer(this.level)
    this.body = this.safe = standAt(this.level, options.start ?? 2)
  }

  /** Plays one frame. @throws RangeError for an action that is not 0 … 5 */
  step(action: number): void {
    if (!(action in ACTIONS)) throw new RangeError(`action ${action} is not one of 0 … ${ACTIONS.length - 1}`)
    const before = this.body
    const after = move(this.level, before, action)
    this.clock++
    if (action % 3 > 0) this.facing = action % 3 === 1 ? -1 : 1
    this.move = 1 + Math.sign(after.x - before.x) + (after.y < before.y ? 3 : 0)
    this.body = after
    const met = collide(this.level, before, after, this.clock, this.stomped)
    if (met === 'dead') {
      this.deaths++
      this.body = this.safe
      this.move = 1
    } else if (met !== undefined) {
      this.stomped.add(met)
      this.body = bounce(after)
    }
    this.touch()
    if (isSafe(this.level, this.body)) this.safe = { ...this.body, speed: 0 }
  }

  /** Draws the picture into `rgb` [64, 64, 3]. */
  render(rgb: Uint8Array): void {
    const camera = this.body.x - PLAYER_X
    const sprites: Sprite[] = []
    for (const [i, slime] of this.level.slimes.entries()) {
      if (this.stomped.has(i)) continue
      const { x, y, facing, hops } = slimeAt(slime, this.clock)
      sprites.push({ drawing: hops ? SLIME.hop : SLIME.rest, x: x - camera, y, facing })
    }
    sprites.push({ drawing: this.pose(), x: PLAYER_X, y: this.body.y, facing: this.facing })
    this.renderer.render(camera, sprites, rgb)
  }

  /** The player's box on the screen. */
  get player(): Box {
    return { x: PLAYER_X, y: this.body.y, width: SIZE, height: SIZE }
  }

  /** The state that determines the next frame. */
  get state(): GameState {
    return { body: this.body, clock: this.clock, stomped: this.stomped }
  }

  /** Whether the player stands on something. */
  get onGround(): boolean {
    return isSupported(this.level, this.body.x, this.body.y)
  }

  /** Whether `actions`, played from here, end in a death. Does not change the game. */
  diesUnder(actions: readonly number[]): boolean {
    let body = this.body
    for (const [i, action] of actions.entries()) {
      const after = move(this.level, body, action)
      const met = collide(this.level, body, after, this.clock + i + 1, this.stomped)
      if (met === 'dead') return true
      body = met === undefined ? after : bounce(after)
    }
    return false
  }

  private pose(): string {
    if (!this.onGround) return PLAYER.air
    if (this.move % 3 === 1) return PLAYER.stand
    return (this.body.x & 4) === 0 ? PLAYER.strideA : PLAYER.strideB
  }

  /** Takes the coins that the player touches. The flag starts the next level. */
  private touch(): void {
    const { x, y } = this.body
    const { cells, columns } = this.level
    for (let row = Math.max(y >> 3, 0); row <= (y + SIZE - 1) >> 3; row++)
      for (let column = x >> 3; column <= (x + SIZE - 1) >> 3; column++) {
        const cell = cells[row * columns + column]
        if (cell === Cell.Coin) {
          cells[row * columns + column] = Cell.Air
          this.coins++
        } else if (cell === Cell.Flag || cell === Cell.Pole) {
          this.nextLevel()
          return
        }
      }
  }

  private nextLevel(): void {
    this.seed = hash(this.seed, 1)
    this.level = createLevel(this.seed, this.options.heldOut)
    this.renderer = new LevelRenderer(this.level)
    this.body = this.safe = standAt(this.level, 2)
    this.stomped.clear()
    this.clock = 0
    this.facing = 1
    this.move = 1
  }
}

/** The first spot from `column` on, going right, where a player may stand safely. */
function standAt(level: Level, column: number): Body {
  for (let c = column; c < level.columns; c++)
    for (let row = 1; row < 7; row++) {
      const body = { x: c * TILE, y: row * TILE, speed: 0 }
      if (level.cells[row * level.columns + c] === Cell.Air && isSafe(level, body)) return body
    }
  return standAt(level, 2)
}

/** On ground (not a platform) with ground to both sides at the same height, and no hazard close by. */
function isSafe(level: Level, { x, y }: Body): boolean {
  if (x % TILE !== 0 || y % TILE !== 0) return false
  const column = x / TILE
  const row = y / TILE
  for (let c = column - 1; c <= column + 1; c++) {
    if (level.cells[(row + 1) * level.columns + c] !== Cell.Top || level.cells[row * level.columns + c] === Cell.Spikes)
      return false
    if (level.slimes.some(w => w.row === row && c >= w.column - 1 && c <= w.column + w.span + 1)) return false
  }
  return true
}
