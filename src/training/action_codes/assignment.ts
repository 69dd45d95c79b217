// The E-step of hard expectation-maximisation: which operator explains a transition, by the errors of all.

import { SOFT } from './operators.ts'

/** Sinkhorn rounds, and the temperature as a share of the mean excess error. */
const [ROUNDS, TEMPERATURE] = [8, 0.1]

/** errors [N, K], so many transitions of each clip in order → less the mean of the row, then of the operator within the clip. */
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

/** errors [N, K] → the operator of the least error, the first of equals. */
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
  let sum = 1e-300
  for (let i = 0; i < count; i++) sum += values[first + i * step]!
  for (let i = 0; i < count; i++) values[first + i * step]! /= Math.max(sum, 1e-12)
}

export interface Pairs {
  a: Int32Array // [N]: the operator that explains more blocks
  b: Int32Array // [N]: the other; a where one operator is enough
  share: Float32Array // [N, M]: how far a explains a block rather than b
}

/**
 * errors [N, M, K], weights of blocks [N, M] → for each transition the pair whose better operator explains the blocks best.
 * @param worth the share of the best single operator's error that a pair must take away: else that operator is both a and b
 */
export function choosePairs(errors: Float32Array, weights: Float32Array, N: number, K: number, worth = 0): Pairs {
  const M = weights.length / N
  const pairs: Pairs = { a: new Int32Array(N), b: new Int32Array(N), share: new Float32Array(N * M) }
  const table = new Float64Array(K * K)
  for (let n = 0; n < N; n++) {
    table.fill(0)
    for (let block = n * M; block < (n + 1) * M; block++)
      for (let j = 0; j < K; j++)
        for (let k = 0; k < K; k++)
          table[j * K + k]! += Math.min(errors[block * K + j]!, errors[block * K + k]!) * weights[block]!
    const best = argmin(table, K * K)[0]!
    const single = argmin(
      Float64Array.from({ length: K }, (_, k) => table[k * K + k]!),
      K,
    )[0]!
    if (table[best]! >= (1 - worth) * table[single * K + single]!) {
      pairs.a[n] = single
      pairs.b[n] = single
      pairs.share.fill(1, n * M, (n + 1) * M)
      continue
    }
    const [one, other] = [Math.floor(best / K), best % K]
    let lead = 0
    for (let block = n * M; block < (n + 1) * M; block++) {
      const difference = (errors[block * K + other]! - errors[block * K + one]!) / SOFT
      lead += Math.min(Math.max(difference, -1), 1)
    }
    const [a, b] = lead >= 0 ? [one, other] : [other, one]
    pairs.a[n] = a
    pairs.b[n] = b
    for (let block = n * M; block < (n + 1) * M; block++) {
      const [own, theirs] = [errors[block * K + a]! ** 2, errors[block * K + b]! ** 2]
      pairs.share[block] = theirs / (own + theirs + 1e-10)
    }
  }
  return pairs
}
