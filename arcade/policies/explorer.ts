// A player that goes where it has not been: it tries a few ways on, each some frames of held keys, and takes the one that comes
// upon most new places. A player of chance alone sees few.
import { Random } from '../../src/random.ts'
import type { Explorable } from './playable.ts'

const PLACE = 12 // pixels a side
const WAYS = 10 // that it tries
const AHEAD = 16 // frames a way
const [SHORTEST, LONGEST] = [3, 9] // frames of a way that it goes before it looks again

export class Explorer<State> {
  private readonly random: Random
  private readonly visits = new Map<number, number>()
  private plan: number[] = []

  constructor(seed: number) {
    this.random = new Random(seed)
  }

  /** The next action for a game as it stands. */
  next(game: Explorable<State>): number {
    const here = key(game.place(game.state))
    this.visits.set(here, (this.visits.get(here) ?? 0) + 1)
    const [wish] = this.plan
    if (wish === undefined || !game.after(game.state, wish)) this.plan = this.best(game)
    return this.plan.shift() ?? 0
  }

  private best(game: Explorable<State>): number[] {
    let best: number[] = []
    let most = Number.NEGATIVE_INFINITY
    for (let way = 0; way < WAYS; way++) {
      const actions = this.way(game.weights)
      const worth = this.worth(game, actions)
      if (worth > most) [best, most] = [actions, worth]
    }
    return best.slice(0, this.random.between(SHORTEST, LONGEST))
  }

  /** Held keys, at most two after each other. */
  private way(weights: readonly number[]): number[] {
    const [first, second] = [this.random.pick(weights), this.random.pick(weights)]
    const change = this.random.between(2, 2 * AHEAD)
    return Array.from({ length: AHEAD }, (_, t) => (t < change ? first : second))
  }

  /** New places are worth 1, known ones less the more often it was there; a way to death is worth only how long it lasts. */
  private worth(game: Explorable<State>, actions: readonly number[]): number {
    const seen = new Set<number>()
    let state: State | undefined = game.state
    let worth = this.random.below(100) / 100
    for (const [t, action] of actions.entries()) {
      state = game.after(state, action)
      if (state === undefined) return t - 2 * AHEAD
      const place = key(game.place(state))
      if (seen.has(place)) continue
      seen.add(place)
      worth += 1 / (1 + (this.visits.get(place) ?? 0))
    }
    return worth
  }
}

const key = ([x, y]: readonly [number, number]): number => Math.floor(x / PLACE) * 4096 + Math.floor(y / PLACE) + 2048
