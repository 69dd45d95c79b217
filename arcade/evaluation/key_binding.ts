// Which latent action each key of the keyboard is, from labelled transitions: the only place where labels touch a world
// (the paper's §3.3). A key is learned from transitions in which it did what it is for, as a key that has no effect leaves
// no trace in the picture: left against a wall, jump in the air.
import { type EvalClips, jumpStarts } from '../../src/evaluation/eval_clips.ts'
import { counts } from '../../src/evaluation/metrics.ts'

/** By key as config.json names it: the arcade's action it presses, and the move that it is for (as EvalClips numbers them). */
const KEYS: Record<string, { action: number; move: number }> = {
  ArrowLeft: { action: 1, move: 0 },
  ArrowRight: { action: 2, move: 2 },
  ArrowUp: { action: 3, move: 4 },
  ' ': { action: 3, move: 4 },
  '': { action: 0, move: 1 },
  'ArrowLeft+ArrowUp': { action: 4, move: 3 },
  'ArrowRight+ArrowUp': { action: 5, move: 5 },
}
/** How many standard errors above its share of all transitions a code's share of a key's must be. */
const BETTER_THAN_CHANCE = 2

/** What was found of one key. */
export interface KeyEvidence {
  key: string
  /** The latent action that the key is; undefined where none was seen when it did what it is for, or only by coincidence. */
  action: number | undefined
  /** Transitions in which the key did what it is for, and how many of them had that latent action. */
  transitions: number
  agreeing: number
  /** The share that the latent action has of all transitions. */
  overall: number
}

/**
 * The latent action of every key: the one for which P(action | key) · P(key | action) is largest, so that a rare action
 * that comes with this key alone is not passed over for a common one that comes with every key. A jump is learned from where it starts; without labels of keys, a move stands for its key.
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
