// A policy that solves levels: A* search (Hart, Nilsson, Raphael 1968) over the game's physics for the cheapest path. Its costs make it
// easy to imitate: its action follows from what the frame shows, it jumps one frame before the last possible one, and it holds the jump
// key while it rises.

import { hash } from '../../src/random.ts'
import { type Clip, recordClip } from '../clips.ts'
import { Game } from '../game/game.ts'
import { flagColumn, type Level, TILE } from '../game/level.ts'
import { atFlag, type GameState, isSupported, simulate } from '../game/physics.ts'
import { RandomPolicy } from './random_policy.ts'

const AHEAD = 64 // pixels to the right that the search covers
const RUN = 4 // pixels per frame
/** Costs of a frame, of a jump, and of standing where the next step to the right kills or leaves the ground. */
const [FRAME, LEAP, EDGE] = [20, 8, 6]
const MOST_FRAMES = 60 // of a path
const JUMP = 3 // what holding the jump key adds to an action
/** Actions, the first choice last. */
const [ON_GROUND, IN_AIR] = [
  [4, 3, 5, 1, 0, 2],
  [1, 0, 2],
]

/** A path so far. */
interface SearchNode {
  state: GameState
  cost: number
  frames: number
  first: number // its first action, −1 of the empty path
}

/** The first action of the cheapest path from the game's current state; undefined if there is none. */
export function expertAction({ level, state: start }: Game): number | undefined {
  const goal = Math.min(start.body.x + AHEAD, flagColumn(level) * TILE)
  const open: SearchNode[][] = [] // by cost plus the least cost to the goal
  const cheapest = new Map<number, number>()
  const add = (way: SearchNode) => {
    const { body, stomped } = way.state
    const key = (((body.x * 64 + body.y + 32) * 16 + body.speed / 4 + 8) * 8 + stomped.size) * 64 + way.frames
    if ((cheapest.get(key) ?? Number.POSITIVE_INFINITY) <= way.cost) return
    cheapest.set(key, way.cost)
    const total = way.cost + FRAME * Math.max(0, Math.ceil((goal - body.x) / RUN))
    open[total] ??= []
    open[total].push(way)
  }
  add({ state: start, cost: 0, frames: 0, first: -1 })
  for (let total = 0; total < open.length; total++)
    for (let way = open[total]?.pop(); way; way = open[total].pop()) {
      const { state, cost, frames, first } = way
      const { x, y } = state.body
      const carried = isSupported(level, x, y) && state.body.speed >= 0
      if (frames > 0 && (atFlag(level, state.body) || (x >= goal && carried))) return held(start, first)
      if (frames === MOST_FRAMES) continue
      for (const action of carried ? ON_GROUND : IN_AIR) {
        const next = simulate(level, state, action)
        if (!next) continue
        const price = FRAME + (action >= JUMP ? LEAP : 0) + (isAtEdge(level, next) ? EDGE : 0)
        add({ state: next, cost: cost + price, frames: frames + 1, first: frames === 0 ? action : first })
      }
    }
  return undefined
}

/** The jump key is held as long as the player rises. */
const held = ({ body }: GameState, action: number): number => (body.speed <= -8 ? action + JUMP : action)

function isAtEdge(level: Level, state: GameState): boolean {
  const { x, y } = state.body
  if (!isSupported(level, x, y)) return false
  const next = simulate(level, state, 2)
  return !next || !isSupported(level, next.body.x, next.body.y)
}

/**
 * Clip `index` of `seed`, played by the expert. It starts anywhere in a level of its own, after a few random frames, so that the expert
 * also acts from places that it would not reach. It has no death and no end of a level.
 * @param theme of the level
 */
export function expertClip(seed: number, index: number, length: number, theme: string): Clip {
  for (let attempt = 0; ; attempt++) {
    const own = hash(hash(seed, index), attempt)
    const game = new Game(own, { start: 2 + (hash(own, 2) % 108) })
    const { level } = game
    if (level.theme.name !== theme) continue
    const chance = new RandomPolicy(hash(own, 3))
    for (let left = hash(own, 4) % 16; left > 0; left--) game.step(chance.next(game))
    let isLost = game.level !== level
    const { deaths } = game
    const clip = recordClip(game, length, () => {
      const action = expertAction(game)
      isLost ||= action === undefined
      return action ?? 0
    })
    if (!isLost && game.deaths === deaths && game.level === level) return clip
  }
}
