// Jumps in the arcade's clips: where they start, and whether latent actions tell them. A move is (left 0, still 1, right 2) + 3 while rising,
// + 6 going down. A key is 0 none, 1 left, 2 right, + 3 with jump or up, + 6 down.

import { splitTransitions } from '../../src/evaluation/best_map.ts'
import type { EvalClips } from '../../src/evaluation/eval_clips.ts'

const isRising = (move: number): boolean => move >= 3 && move < 6

/** The transitions in which a rise begins, except a clip's first, before which nothing is known. */
export function jumpStarts({ moves, keys, length }: Pick<EvalClips, 'moves' | 'keys' | 'length'>): number[] {
  const rises = (i: number) => isRising(moves![i]!)
  return Array.from(moves ?? [], (_, i) => i).filter(
    // A bounce off a slime rises too, with no key held.
    i => i % (length - 1) > 0 && rises(i) && !rises(i - 1) && (keys === undefined || keys[i]! >= 3),
  )
}

/**
 * The share of the transitions in which a jump starts whose code means jumping. A code means jumping if more than half of the fitted
 * transitions with it rise. Only starts that the map was not fitted on count; null if there are none.
 */
export function jumpRecall(
  codes: ArrayLike<number>,
  clips: Pick<EvalClips, 'moves' | 'keys' | 'length'>,
  actions: number,
): number | null {
  const moves = clips.moves!
  const { fitted, tested } = splitTransitions(codes.length)
  const meansJumping = Array.from({ length: actions }, (_, action) => {
    const own = fitted.filter(i => codes[i] === action)
    return own.filter(i => isRising(moves[i]!)).length > own.length / 2
  })
  const left = new Set(tested)
  const asked = jumpStarts(clips).filter(i => left.has(i))
  if (asked.length === 0) return null
  return asked.filter(i => meansJumping[codes[i]!]).length / asked.length
}
