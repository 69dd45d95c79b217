// Latent actions named by what a plain search for movement measures in the video, with no label (reference/moving.py): which way things
// go, rising or not.

import type { Config } from '../model/config.ts'
import { type Clips, readWindows, sampleWindows } from './data/clips.ts'
import { featuresOf, startNaming } from './init/least_squares_head.ts'
import { Movements } from './movements.ts'
import { DIRECTIONS } from './moving.ts'
import { Random } from './random.ts'
import type { Naming } from './recipe_latent_action.ts'

/** Transitions from which it is learned which directions there are, and how rare each is; and that a fresh encoder learns from first. */
const EXAMPLES = 1536

export function namingByDirections(config: Config, clips: Clips, shape: { clips: number; frames: number }): Naming {
  const T = shape.frames
  const movements = Movements.of(clips, config.frame)
  let survey: Survey | undefined
  /** Measures the examples, and gives their frames, no more at a time than a step trains on. */
  const examples = async function* (directions: number[]) {
    const places = sampleWindows(clips, new Random(0), Math.ceil(EXAMPLES / (T - 1)), T)
    for (let first = 0; first < places.length; first += shape.clips) {
      const some = places.slice(first, first + shape.clips)
      const frames = await readWindows(clips, some, T)
      directions.push(...movements.directionsIn(some, frames, T))
      yield frames
    }
    survey = patchPca(directions, config.latent_action.actions)
  }
  return {
    // A higher one undoes the start first.
    rate: 6e-4,
    async start(m, gpu) {
      const directions: number[] = []
      const rows = await featuresOf(gpu, m, config, shape, examples(directions))
      const codes = directions.map(direction => survey!.codes[direction]!)
      startNaming(m, config, rows, codes)
    },
    async prepare() {
      // A run that goes on from a checkpoint had no start.
      if (!survey) for await (const _ of examples([]));
    },
    async name({ places, frames }) {
      const directions = movements.directionsIn(places, frames, T)
      const given = Int32Array.from(directions, direction => survey!.codes[direction]!)
      const balance = Float32Array.from(given, code => survey!.balance[code]!)
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
export function patchPca(directions: readonly number[], actions: number): Survey {
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
