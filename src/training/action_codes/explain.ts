// Explains one transition by an operator, small motions of the generators, and an object's motion.

import { argmin, objectMotion, saturatedErrors } from './assignment.ts'
import type { Generators } from './generators.ts'
import type { Operators } from './operators.ts'
import { changesOf, charbonnier, firstPixels, type Pictures, type Pixels, weightsOfBlocks } from './pictures.ts'

/** How many operators are refined to explain a transition, and by how many rounds of generators each. */
const [CANDIDATES, ROUNDS] = [3, 3]
/** All operators are compared by this many pixels of a block, the first ones. */
const RANKED = 4
/** The share of the error that a second operator must remove. If none does, there is no object's motion. */
const LEAST_SHARE = 0.25

/** The four coordinates of one transition: several operators are refined by generators, and the one of least saturated error is taken. */
export function explain(
  operators: Operators,
  generators: Generators,
  before: Pictures,
  after: Pictures,
  pixels: Pixels,
): number[] {
  const ranked = firstPixels(pixels, RANKED)
  const weights = weightsOfBlocks(changesOf(before, after, pixels), pixels.perBlock)
  const { errors } = operators.samples(before, after, ranked)
  const saturated = saturatedErrors(errors, weights, 1)
  const candidates = Array.from(saturated, (_, k) => k)
    .sort((a, b) => saturated[a]! - saturated[b]! || a - b)
    .slice(0, CANDIDATES)
    .map(a => refine(operators, generators, a, before, after, pixels, weights))
  const refined = candidates.map(({ predicted }) => saturatedErrors(errorsOf(predicted, after, pixels), weights, 1)[0]!)
  const { predicted, moved } = candidates[argmin(refined, CANDIDATES)[0]!]!
  const { b, hasObjectMotion } = objectMotion(errorsOf(predicted, after, ranked), errors, weights, 1, LEAST_SHARE)
  return [...moved, ...(hasObjectMotion[0] ? operators.moment(b[0]!) : [0, 0])]
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
    const samples = generators.samples(predicted, after, pixels)
    const coefficients = generators.atMostAPixel(generators.coefficientsOf(samples, weights, 1).coefficients)
    predicted = generators.apply(predicted, samples, coefficients)
    for (const [r, coefficient] of coefficients.entries()) {
      const [down, across] = generators.moment(r)
      moved[0] += coefficient * down
      moved[1] += coefficient * across
    }
  }
  return { moved, predicted }
}

/** [N, M]: the errors of a predicted frame. */
const errorsOf = (predicted: Pictures, after: Pictures, pixels: Pixels) =>
  charbonnier(changesOf(predicted, after, pixels), pixels.perBlock)
