// Finds the latent action of each key from labelled transitions (the paper's §3.3). Labels are used nowhere else. Only transitions in
// which a key had its effect count, because a key without effect (left against a wall, jump in the air) cannot be seen in the frames.
import type { EvalClips } from '../../src/evaluation/eval_clips.ts'
import { counts } from '../../src/statistics.ts'
import { jumpStarts } from './jumps.ts'

/** By key of config.json: the arcade's action, and the move that is its effect (numbered as in jumps.ts). */
const KEYS: Record<string, { action: number; move: number }> = {
  ArrowLeft: { action: 1, move: 0 },
  ArrowRight: { action: 2, move: 2 },
  ArrowUp: { action: 3, move: 4 },
  ' ': { action: 3, move: 4 },
  '': { action: 0, move: 1 },
  'ArrowLeft+ArrowUp': { action: 4, move: 3 },
  'ArrowRight+ArrowUp': { action: 5, move: 5 },
}
/** A code is bound to a key only if its share of that key's transitions exceeds its share of all transitions by this many standard errors. */
const BETTER_THAN_CHANCE = 2

/** The result for one key. */
export interface KeyEvidence {
  key: string
  /** The key's latent action; undefined where no effect of the key was seen, or no action is better than chance. */
  action: number | undefined
  /** Transitions in which the key had its effect, and how many of them had that latent action. */
  transitions: number
  agreeing: number
  /** The share that the latent action has of all transitions. */
  overall: number
}

/**
 * The latent action of every key: the one with the largest P(action | key) · P(key | action), so that a rare action of this key alone
 * wins over a common one of every key. A jump counts where it starts. Without labels of keys, a move counts as its key.
 * @param codes [clips · (T − 1)] latent actions of the first clips, whose moves are known
 */
export function bindKeys(codes: Int32Array, data: EvalClips, actions: number): KeyEvidence[] {
  const moves = data.moves!.subarray(0, codes.length)
  const keys = data.keys?.subarray(0, codes.length)
  const starts = new Set(jumpStarts({ ...data, moves, ...(keys && { keys }) }))
  const all = counts(codes, actions)
  return Object.entries(KEYS).map(([key, { action, move }]) => {
    const did = (i: number) => moves[i] === move && (!keys || keys[i] === action) && (move < 3 || starts.has(i))
    const seen = counts(
      codes.filter((_, i) => did(i)),
      actions,
    )
    const transitions = seen.reduce((a, b) => a + b, 0)
    const bonds = seen.map((n, code) => (n * n) / Math.max(all[code]!, 1))
    const best = bonds.indexOf(Math.max(...bonds))
    const agreeing = seen[best]!
    const overall = all[best]! / codes.length
    const chance = overall * transitions + BETTER_THAN_CHANCE * Math.sqrt(transitions * overall * (1 - overall))
    return { key, action: agreeing > chance ? best : undefined, transitions, agreeing, overall }
  })
}
