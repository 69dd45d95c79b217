// An exploration policy, because a random policy visits few places. It simulates a few random sequences of held keys and plays the one
// that visits the most new places.
import { Pcg } from '../../src/random.ts'
import type { Explorable } from './playable.ts'

const CELL = 12 // width and height of a place, pixels
const PLANS = 10 // simulated per decision
const HORIZON = 16 // frames per plan
const [MIN_FRAMES, MAX_FRAMES] = [3, 9] // of a plan before the next decision

export class ExploringPolicy<State> {
  private readonly random: Pcg
  private readonly visits = new Map<number, number>()
  private plan: number[] = []

  constructor(seed: number) {
    this.random = new Pcg(seed)
  }

  /** The next action in the game's current state. */
  next(game: Explorable<State>): number {
    const here = key(game.position(game.state))
    this.visits.set(here, (this.visits.get(here) ?? 0) + 1)
    const [action] = this.plan
    if (action === undefined || !game.simulate(game.state, action)) this.plan = this.best(game)
    return this.plan.shift() ?? 0
  }

  private best(game: Explorable<State>): number[] {
    let best: number[] = []
    let most = Number.NEGATIVE_INFINITY
    for (let i = 0; i < PLANS; i++) {
      const actions = this.randomPlan(game.weights)
      const novelty = this.novelty(game, actions)
      if (novelty > most) [best, most] = [actions, novelty]
    }
    return best.slice(0, this.random.between(MIN_FRAMES, MAX_FRAMES))
  }

  /** A random plan: one or two actions, held one after the other. */
  private randomPlan(weights: readonly number[]): number[] {
    const [first, second] = [this.random.pick(weights), this.random.pick(weights)]
    const change = this.random.between(2, 2 * HORIZON)
    return Array.from({ length: HORIZON }, (_, t) => (t < change ? first : second))
  }

  /** The sum of 1 / (1 + visits) over the places of a plan. A plan that ends in a death scores below all that do not. */
  private novelty(game: Explorable<State>, actions: readonly number[]): number {
    const seen = new Set<number>()
    let state: State | undefined = game.state
    let novelty = this.random.below(100) / 100
    for (const [t, action] of actions.entries()) {
      state = game.simulate(state, action)
      if (state === undefined) return t - 2 * HORIZON
      const place = key(game.position(state))
      if (seen.has(place)) continue
      seen.add(place)
      novelty += 1 / (1 + (this.visits.get(place) ?? 0))
    }
    return novelty
  }
}

const key = ([x, y]: readonly [number, number]): number => Math.floor(x / CELL) * 4096 + Math.floor(y / CELL) + 2048
