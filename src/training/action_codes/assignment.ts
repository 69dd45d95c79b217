// The E-step of hard expectation-maximisation: which operator explains a transition, by the errors of all. N: transitions, M: blocks,
// K: operators.

/** The error whose saturated error is 1/2. */
const SATURATION = 0.04
/** Sinkhorn rounds, and the temperature as a share of the mean excess error. */
const [ROUNDS, TEMPERATURE] = [8, 0.1]

/** errors [N, K] of equally many transitions per clip, in order → less the mean of the row, then of the operator within the clip. */
export function centreErrors(errors: Float32Array, K: number, perClip: number): Float32Array {
  const centred = Float32Array.from(errors)
  const N = errors.length / K
  for (let n = 0; n < N; n++) {
    const row = centred.subarray(n * K, (n + 1) * K)
    const mean = row.reduce((a, b) => a + b, 0) / K
    for (let k = 0; k < K; k++) row[k]! -= mean
  }
  for (let first = 0; first < N; first += perClip)
    for (let k = 0; k < K; k++) {
      let mean = 0
      for (let n = first; n < first + perClip; n++) mean += centred[n * K + k]! / perClip
      for (let n = first; n < first + perClip; n++) centred[n * K + k]! -= mean
    }
  return centred
}

/** errors [N, K] → the operator of the least error, on ties the first. */
export const argmin = (errors: ArrayLike<number>, K: number): Int32Array<ArrayBuffer> =>
  Int32Array.from({ length: errors.length / K }, (_, n) => {
    let best = n * K
    for (let at = best + 1; at < (n + 1) * K; at++) if (errors[at]! < errors[best]!) best = at
    return best - n * K
  })

/** Sinkhorn: errors [N, K] → operators [N], each chosen about equally often. */
export function assignEvenly(errors: Float32Array, K: number): Int32Array<ArrayBuffer> {
  const N = errors.length / K
  const excess = Float64Array.from(errors)
  for (let n = 0; n < N; n++) {
    const row = excess.subarray(n * K, (n + 1) * K)
    const least = row.reduce((a, b) => Math.min(a, b))
    for (let k = 0; k < K; k++) row[k]! -= least
  }
  const scale = (TEMPERATURE * excess.reduce((a, b) => a + b, 0)) / excess.length + 1e-9
  const shares = excess.map(e => Math.exp(-e / scale))
  for (let round = 0; round < ROUNDS; round++) {
    for (let k = 0; k < K; k++) normalize(shares, k, K, N)
    for (let n = 0; n < N; n++) normalize(shares, n * K, 1, K)
  }
  return argmin(
    shares.map(share => -share),
    K,
  )
}

/** Divides `count` numbers from `first` on, `step` apart, by their sum. */
function normalize(values: Float64Array, first: number, step: number, count: number): void {
  let sum = 0
  for (let i = 0; i < count; i++) sum += values[first + i * step]!
  for (let i = 0; i < count; i++) values[first + i * step]! /= Math.max(sum, 1e-12)
}

/** errors [N, M, K], weights [N, M] → [N, K], weighted means over blocks. */
export function meanErrors(errors: Float32Array, weights: Float32Array, N: number): Float32Array<ArrayBuffer> {
  const M = weights.length / N
  const K = errors.length / weights.length
  const means = new Float32Array(N * K)
  for (let n = 0; n < N; n++) {
    let total = 0
    for (let block = n * M; block < (n + 1) * M; block++) {
      total += weights[block]!
      for (let k = 0; k < K; k++) means[n * K + k]! += weights[block]! * errors[block * K + k]!
    }
    for (let k = 0; k < K; k++) means[n * K + k]! /= total
  }
  return means
}

/** errors [N, M, K], weights [N, M] → [N, K]: about the share of blocks that an operator does not explain, because e / (e + SATURATION) is near 0 for small errors and near 1 for large ones. */
export function saturatedErrors(errors: Float32Array, weights: Float32Array, N: number): Float32Array<ArrayBuffer> {
  return meanErrors(
    errors.map(e => e / (e + SATURATION)),
    weights,
    N,
  )
}

/** errors of operator a [N, M], of all [N, M, K] → [N, K]: the weighted mean error with each second operator, if each block takes the smaller error of the two. */
function errorsWithSecond(errorsOfA: Float32Array, errors: Float32Array, weights: Float32Array, N: number) {
  const K = errors.length / weights.length
  return meanErrors(
    errors.map((e, i) => Math.min(e, errorsOfA[Math.floor(i / K)]!)),
    weights,
    N,
  )
}

interface TwoOperators {
  a: Int32Array // [N]: the operator with the least saturated error
  b: Int32Array // [N]: the second operator with which the error is least
  share: Float32Array // [N, M]: the weight of a block in the fit of a; the rest is its weight in the fit of b
}

/** errors [N, M, K], weights of blocks [N, M] → which two operators explain each transition. */
export function chooseTwo(errors: Float32Array, weights: Float32Array, N: number): TwoOperators {
  const M = weights.length / N
  const K = errors.length / weights.length
  const errorsOf = (chosen: Int32Array) =>
    weights.map((_, block) => errors[block * K + chosen[Math.floor(block / M)]!]!)
  const a = argmin(saturatedErrors(errors, weights, N), K)
  const errorsOfA = errorsOf(a)
  const b = argmin(errorsWithSecond(errorsOfA, errors, weights, N), K)
  const errorsOfB = errorsOf(b)
  const share = errorsOfA.map((e, block) => errorsOfB[block]! ** 2 / (e ** 2 + errorsOfB[block]! ** 2 + 1e-10))
  return { a, b, share }
}

/** errors of operator a [N, M], of all [N, M, K] → the second operator b with which the error is least, and whether it removes at least `leastShare` of a's error. */
export function objectMotion(
  errorsOfA: Float32Array,
  errors: Float32Array,
  weights: Float32Array,
  N: number,
  leastShare: number,
) {
  const K = errors.length / weights.length
  const alone = meanErrors(errorsOfA, weights, N)
  const together = errorsWithSecond(errorsOfA, errors, weights, N)
  const b = argmin(together, K)
  return { b, hasObjectMotion: Array.from(b, (k, n) => together[n * K + k]! < (1 - leastShare) * alone[n]!) }
}
