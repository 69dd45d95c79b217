// The best map from latent actions to labels: each code means the label that it most often occurs with. The map is fitted on a few
// transitions and tested on the others.
import { Pcg } from '../random.ts'
import { counts } from '../statistics.ts'

/** Transitions that the map is fitted on, if there are at least twice as many (paper §3.3). */
const LABELLED = 200

/** Splits `count` transitions at random, but always alike, into those that the map is fitted on and those it is tested on. */
export function splitTransitions(count: number): { fitted: number[]; tested: number[] } {
  const order = Array.from({ length: count }, (_, i) => i)
  const random = new Pcg(0)
  for (let i = count - 1; i > 0; i--) {
    const j = random.below(i + 1)
    ;[order[i], order[j]] = [order[j]!, order[i]!]
  }
  const fitted = Math.min(LABELLED, Math.floor(count / 2))
  return { fitted: order.slice(0, fitted), tested: order.slice(fitted) }
}

/** The most frequent label of each code; for a code without transitions, the most frequent label of all. Ties go to the lower label. */
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

/** Accuracy of the map on the transitions it was not fitted on; null with fewer than two transitions. */
export function mapAccuracy(codes: ArrayLike<number>, labels: ArrayLike<number>, actions: number): number | null {
  const { fitted, tested } = splitTransitions(codes.length)
  if (fitted.length === 0) return null
  const map = majorityLabel(codes, labels, fitted, actions)
  return tested.filter(i => map[codes[i]!] === labels[i]).length / tested.length
}
