// Target codes from motion: the direction in which things move between two frames, rising or not, found by a search for shifts
// (reference/moving.py).

import type { Config } from '../model/config.ts'
import { type Clips, type ClipWindow, readWindows, sampleWindows } from './data/clips.ts'
import { Movements } from './movements.ts'
import { DIRECTIONS } from './moving.ts'
import { Random } from './random.ts'
import type { ActionTargets } from './recipe_latent_action.ts'

/** The transitions in which the directions are counted. */
const EXAMPLES = 1536

/** Measures examples, and each further transition when it is first asked for. */
export async function motionTargets(config: Config, clips: Clips, T: number): Promise<ActionTargets> {
  const movements = Movements.of(clips, config.frame)
  const directionsOf = async (window: ClipWindow, frames: number) =>
    movements.directionsIn([window], await readWindows(clips, [window], frames), frames)
  const examples: number[] = []
  for (const window of sampleWindows(clips, new Random(0), Math.ceil(EXAMPLES / (T - 1)), T))
    examples.push(...(await directionsOf(window, T)))
  const codes = assignCodes(examples, config.latent_action.actions)
  return {
    codes: async (window, frames) =>
      Int32Array.from(await directionsOf(window, frames), direction => codes[direction]!),
  }
}

/** By direction, its code: the commonest directions, as many as there are codes, have one each; the others share that of the commonest that goes the same way. */
export function assignCodes(directions: readonly number[], actions: number): number[] {
  const times = new Array<number>(DIRECTIONS).fill(0)
  for (const direction of directions) times[direction]!++
  const common = [...times.keys()].sort((a, b) => times[b]! - times[a]! || a - b).slice(0, actions)
  const named = [...common].sort((a, b) => a - b)
  return [...times.keys()].map(direction => {
    const own = named.indexOf(direction)
    const alike = common.find(other => other >> 1 === direction >> 1) ?? common[0]!
    return own >= 0 ? own : named.indexOf(alike)
  })
}
