// Explains one transition by an operator, small motions of the generators, and what moves on its own.

import { argmin, missesOf, ownMotion } from './assignment.ts'
import type { Generators } from './generators.ts'
import type { Operators } from './operators.ts'
import { changesOf, firstPixels, type Pictures, type Pixels, penalty, weightsOfBlocks } from './pictures.ts'

/** The operators that are refined to explain a transition, and the rounds of generators that refine each. */
const [CANDIDATES, ROUNDS] = [3, 3]
/** The pixels of a block, the first ones, by which all operators are compared. */
const RANKED = 4
/** The share of the error that a second operator must remove. If none does, nothing moves on its own. */
const WORTH = 0.25

/** The four coordinates of one transition: several operators are refined by generators, and the one with the fewest misses is taken. */
export function explain(
  operators: Operators,
  generators: Generators,
  before: Pictures,
  after: Pictures,
  pixels: Pixels,
): number[] {
  const ranked = firstPixels(pixels, RANKED)
  const weights = weightsOfBlocks(changesOf(before, after, pixels), pixels.perBlock)
  const { errors } = operators.look(before, after, ranked)
  const misses = missesOf(errors, weights, 1)
  const candidates = Array.from(misses, (_, k) => k)
    .sort((a, b) => misses[a]! - misses[b]! || a - b)
    .slice(0, CANDIDATES)
    .map(a => refine(operators, generators, a, before, after, pixels, weights))
  const missed = candidates.map(({ predicted }) => missesOf(errorsOf(predicted, after, pixels), weights, 1)[0]!)
  const { predicted, moved } = candidates[argmin(missed, CANDIDATES)[0]!]!
  const { b, isOwn } = ownMotion(errorsOf(predicted, after, ranked), errors, weights, 1, WORTH)
  return [...moved, ...(isOwn[0] ? operators.moment(b[0]!) : [0, 0])]
}

/** One transition explained by operator a and small motions: the moments of both, and the frame that they predict. */
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
    const seen = generators.look(predicted, after, pixels)
    const taken = generators.atMostAPixel(generators.amountsOf(seen, weights, 1).amounts)
    predicted = generators.apply(predicted, seen, taken)
    for (const [r, amount] of taken.entries()) {
      const [down, across] = generators.moment(r)
      moved[0] += amount * down
      moved[1] += amount * across
    }
  }
  return { moved, predicted }
}

/** [N, M]: what a predicted frame gets wrong. */
const errorsOf = (predicted: Pictures, after: Pictures, pixels: Pixels) =>
  penalty(changesOf(predicted, after, pixels), pixels.perBlock)
