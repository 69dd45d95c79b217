// A sticky random policy for any set of actions. It draws an action by weight, holds it for some frames, and avoids immediate deaths.
import { Pcg } from '../../src/random.ts'
import type { Playable } from './playable.ts'

const [MIN_HOLD, MAX_HOLD] = [2, 12] // frames per action
const FRAMES_AHEAD = 6
const TRIES = 12

export class StickyPolicy {
  private readonly random: Pcg
  private action = 0
  private left = 0

  /** @param weights how often each action is drawn */
  constructor(
    seed: number,
    private readonly weights: readonly number[],
  ) {
    this.random = new Pcg(seed)
  }

  /** The next action in the game's current state. */
  next(game: Playable): number {
    for (let tries = 0; tries < TRIES; tries++) {
      if (this.left-- <= 0) {
        this.action = this.random.pick(this.weights)
        this.left = this.random.between(MIN_HOLD, MAX_HOLD)
      }
      if (!game.diesUnder(Array(FRAMES_AHEAD).fill(this.action))) break
      this.left = 0
    }
    return this.action
  }
}
