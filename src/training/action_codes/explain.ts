// Explains one transition by an operator, small motions of the generators, and what moves on its own.

import { argmin, missesOf, ownMotion } from './assignment.ts'
import type { Generators } from './generators.ts'
import type { Operators } from './operators.ts'
import { changesOf, type Pictures, type Pixels, penalty, weightsOfBlocks } from './pictures.ts'

/** The operators that are refined to explain a transition, and the rounds of generators that refine each. */
const [CANDIDATES, ROUNDS] = [3, 3]
/** The share of the error that a second operator must take away: else nothing moves on its own. */
const WORTH = 0.25

/** The four coordinates of one transition: several operators are refined by generators, and the one with the fewest misses is taken. */
export function explain(
  operators: Operators,
  generators: Generators,
  before: Pictures,
  after: Pictures,
  pixels: Pixels,
): number[] {
  const { changes, errors } = operators.look(before, after, pixels)
  const weights = weightsOfBlocks(changes, pixels.perBlock)
  const misses = missesOf(errors, weights, 1)
  const candidates = Array.from(misses, (_, k) => k)
    .sort((a, b) => misses[a]! - misses[b]! || a - b)
    .slice(0, CANDIDATES)
    .map(a => refine(operators, generators, a, before, after, pixels, weights))
  const best =
    candidates[
      argmin(
        candidates.map(({ left }) => missesOf(left, weights, 1)[0]!),
        CANDIDATES,
      )[0]!
    ]!
  const { b, isOwn } = ownMotion(best.left, errors, weights, 1, WORTH)
  return [...best.moved, ...(isOwn[0] ? operators.moment(b[0]!) : [0, 0])]
}

/** One transition explained by operator a and small motions: the moments of both, and the errors that are left [M]. */
function refine(
  operators: Operators,
  generators: Generators,
  a: number,
  before: Pictures,
  after: Pictures,
  pixels: Pixels,
  weights: Float32Array,
) {
  let predicted = operators.apply(before, Int32Array.of(a))
  const moved = operators.moment(a)
  for (let round = 0; round < ROUNDS; round++) {
    const { amounts } = generators.amountsOf(generators.look(predicted, after, pixels), weights, 1)
    const taken = generators.atMostAPixel(amounts)
    predicted = generators.apply(predicted, taken)
    for (const [r, amount] of taken.entries()) {
      const [down, across] = generators.moment(r)
      moved[0] += amount * down
      moved[1] += amount * across
    }
  }
  return { moved, left: penalty(changesOf(predicted, after, pixels), pixels.perBlock) }
}
