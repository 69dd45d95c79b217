// A player of chance for any set of actions: draws one by weights, holds it for a while, and looks ahead so as not to die at once.
import { Random } from '../../src/random.ts'
import type { Playable } from './playable.ts'

const [SHORTEST, LONGEST] = [2, 12] // frames an action is held
const FRAMES_AHEAD = 6
const TRIES = 12

export class StickyPolicy {
  private readonly random: Random
  private action = 0
  private left = 0

  /** @param weights how often each action is drawn */
  constructor(
    seed: number,
    private readonly weights: readonly number[],
  ) {
    this.random = new Random(seed)
  }

  /** The next action for a game as it stands. */
  next(game: Playable): number {
    for (let tries = 0; tries < TRIES; tries++) {
      if (this.left-- <= 0) {
        this.action = this.random.pick(this.weights)
        this.left = this.random.between(SHORTEST, LONGEST)
      }
      if (!game.diesUnder(Array(FRAMES_AHEAD).fill(this.action))) break
      this.left = 0
    }
    return this.action
  }
}
