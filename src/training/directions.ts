// Latent actions named by what a plain search for movement measures in the video, with no label (reference/moving.py): which way things
// go, rising or not.

import type { Config } from '../model/config.ts'
import { type Clips, drawPlaces, framesAt } from './clips.ts'
import type { Movements } from './movements.ts'
import { DIRECTIONS } from './moving.ts'
import { Random } from './random.ts'
import type { Naming } from './recipe_latent_action.ts'
import { startNaming } from './start_naming.ts'

/** Transitions from which it is learned which directions there are, and how rare each is; and that a fresh encoder learns from first. */
const EXAMPLES = 1536

export function namingByDirections(
  config: Config,
  clips: Clips,
  shape: { clips: number; frames: number },
  movements: Movements,
): Naming {
  const T = shape.frames
  /** The same ones whenever they are asked for, some at a time. */
  const examples = async function* () {
    const places = drawPlaces(clips, new Random(0), Math.ceil(EXAMPLES / (T - 1)), T)
    for (let first = 0; first < places.length; first += shape.clips) {
      const some = places.slice(first, first + shape.clips)
      const frames = await framesAt(clips, some, T)
      yield { frames, directions: movements.directionsIn(some, frames, T) }
    }
  }
  let known: Survey | undefined
  const survey = async () => {
    if (known) return known
    const all: number[] = []
    for await (const { directions } of examples()) all.push(...directions)
    known = surveyOf(all, config.latent_action.actions)
    return known
  }
  return {
    // A higher one undoes the start first.
    rate: 6e-4,
    async start(m, _, gpu) {
      const { codes } = await survey()
      const coded = async function* () {
        for await (const { frames, directions } of examples())
          yield { frames, codes: directions.map(direction => codes[direction]!) }
      }
      await startNaming(gpu, m, config, shape, coded())
    },
    async name({ places, frames }) {
      const { codes, balance: balances } = await survey()
      const directions = movements.directionsIn(places, frames, T)
      const given = Int32Array.from(directions, direction => codes[direction]!)
      const balance = Float32Array.from(given, code => balances[code]!)
      const total = balance.reduce((a, b) => a + b)
      return { given, namingWeights: balance.map(b => b / total), weight: 1 }
    },
  }
}

interface Survey {
  /** By direction, its code. */
  codes: number[]
  /** By code, its weight in naming: a rare movement counts for more, by the root of its rarity. */
  balance: number[]
}

/** The commonest directions, as many as there are codes, have one each; the others share that of the commonest that goes the same way. */
export function surveyOf(directions: readonly number[], actions: number): Survey {
  const times = new Array<number>(DIRECTIONS).fill(0)
  for (const direction of directions) times[direction]!++
  const common = [...times.keys()].sort((a, b) => times[b]! - times[a]! || a - b).slice(0, actions)
  const named = [...common].sort((a, b) => a - b)
  const codes = [...times.keys()].map(direction => {
    const own = named.indexOf(direction)
    const alike = common.find(other => other >> 1 === direction >> 1) ?? common[0]!
    return own >= 0 ? own : named.indexOf(alike)
  })
  const uses = new Array<number>(actions).fill(0)
  times.forEach((n, direction) => {
    uses[codes[direction]!]! += n
  })
  return { codes, balance: uses.map(n => 1 / Math.sqrt(Math.max(n, 1))) }
}
