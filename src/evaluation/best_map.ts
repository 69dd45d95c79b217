// What latent actions mean, from a few labelled transitions: each code means the label that it most often came with. Fitted
// on some transitions, it is tested on the others.
import { Random } from '../../arcade/random.ts'
import { isRising } from './eval_clips.ts'
import { counts } from './metrics.ts'

/** Transitions that a map is fitted on, where there are twice as many (the paper's 200, its §3.3). */
const LABELLED = 200

/** Which of `count` transitions a map is fitted on and which it is tested on, by chance but always the same. */
export function split(count: number): { fitted: number[]; tested: number[] } {
  const order = Array.from({ length: count }, (_, i) => i)
  const random = new Random(0)
  for (let i = count - 1; i > 0; i--) {
    const j = random.below(i + 1)
    ;[order[i], order[j]] = [order[j]!, order[i]!]
  }
  const fitted = Math.min(LABELLED, Math.floor(count / 2))
  return { fitted: order.slice(0, fitted), tested: order.slice(fitted) }
}

/** The label most often seen with each code of `actions`; for a code not seen, the commonest of all labels. Ties to the lower. */
export function majorityLabel(
  codes: ArrayLike<number>,
  labels: ArrayLike<number>,
  fitted: number[],
  actions: number,
): number[] {
  const kinds = fitted.reduce((most, i) => Math.max(most, labels[i]! + 1), 1)
  const commonest = (transitions: number[]) => {
    const times = counts(
      transitions.map(i => labels[i]!),
      kinds,
    )
    return times.indexOf(Math.max(...times))
  }
  return Array.from({ length: actions }, (_, action) => {
    const own = fitted.filter(i => codes[i] === action)
    return commonest(own.length > 0 ? own : fitted)
  })
}

/** The share of transitions that the best map, fitted on some, gets right on the others; null of fewer than two. */
export function mapAccuracy(codes: ArrayLike<number>, labels: ArrayLike<number>, actions: number): number | null {
  const { fitted, tested } = split(codes.length)
  if (fitted.length === 0) return null
  const map = majorityLabel(codes, labels, fitted, actions)
  return tested.filter(i => map[codes[i]!] === labels[i]).length / tested.length
}

/**
 * Of the transitions `starts` where a jump starts, the share whose code means jumping: of the fitted transitions with that
 * code, more than half rise. Only starts that the map was not fitted on count; null where there are none.
 */
export function jumpRecall(
  codes: ArrayLike<number>,
  moves: ArrayLike<number>,
  starts: readonly number[],
  actions: number,
): number | null {
  const { fitted, tested } = split(codes.length)
  const meansJumping = Array.from({ length: actions }, (_, action) => {
    const own = fitted.filter(i => codes[i] === action)
    return own.filter(i => isRising(moves[i]!)).length > own.length / 2
  })
  const left = new Set(tested)
  const asked = starts.filter(i => left.has(i))
  if (asked.length === 0) return null
  return asked.filter(i => meansJumping[codes[i]!]).length / asked.length
}
