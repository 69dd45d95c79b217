// A sticky random policy for platform games. It holds a direction for some frames, prefers right, jumps at random, and looks eight
// frames ahead to avoid immediate deaths. A world model sees the effect of every key in its clips.

import { Pcg } from '../../src/random.ts'
import type { Playable } from './playable.ts'

const DIRECTIONS = [0, 1, 2] // none, left, right
const DIRECTION_WEIGHTS = [18, 32, 50] as const
const JUMP_PERCENT = 55 // per frame on the ground
const CARELESS_PERCENT = 3 // per frame: no look-ahead
const FRAMES_AHEAD = 8

export class RandomPolicy {
  private readonly random: Pcg
  private direction = 2
  private holdDirection = 0 // frames left
  private holdJump = 0

  /**
   * @param weights how often it goes nowhere, left, right
   * @param jumpPercent how often in a hundred frames on the ground it jumps
   */
  constructor(
    seed: number,
    private readonly weights: readonly [none: number, left: number, right: number] = DIRECTION_WEIGHTS,
    private readonly jumpPercent = JUMP_PERCENT,
  ) {
    this.random = new Pcg(seed)
  }

  /** The next action, 0 … 5, in the game's current state. */
  next(game: Playable): number {
    const { random } = this
    if (this.holdDirection-- <= 0) {
      this.direction = DIRECTIONS[random.pick(this.weights)]
      this.holdDirection = this.direction === 0 ? random.between(2, 7) : random.between(3, 14)
    }
    if (this.holdJump-- <= 0 && game.onGround && random.chance(this.jumpPercent)) this.holdJump = random.below(4)
    const wish = this.direction + (this.holdJump >= 0 ? 3 : 0)
    if (random.chance(CARELESS_PERCENT) || this.survives(game, wish)) return wish
    const others = [3, 5, 4, 0, 1, 2]
    const first = random.below(others.length)
    for (let i = 0; i < others.length; i++) {
      const other = others[(first + i) % others.length]
      if (!this.survives(game, other)) continue
      this.direction = other % 3
      return other
    }
    return wish
  }

  /** Whether one of some simple plans after `action` survives for a while. */
  private survives(game: Playable, action: number): boolean {
    const held = action % 3
    return [held, held + 3, 0, 3, 4, 5, 1, 2].some(then => !game.diesUnder([action, ...Array(FRAMES_AHEAD).fill(then)]))
  }
}
