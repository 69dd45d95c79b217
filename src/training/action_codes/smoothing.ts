// A Wiener filter over time for the coordinates of transitions (docs/latent-actions-spec.md, Smoothing). Games draw at whole pixels, so a
// motion of 0.45 pixels per frame is seen as 0, 0, 1.

import { dot } from '../linear_algebra.ts'

/** Lags of the autocovariance by which a filter is fitted. */
const LAGS = 5

/** The weight of a transition, and that of each of its two neighbours. */
export type Smoothing = readonly [own: number, beside: number]

export const NO_SMOOTHING: Smoothing = [1, 0]

/**
 * Fits the filter of one coordinate. Rounded positions give motions errors with the autocovariance 2s at lag 0, -s at
 * lag 1, 0 beyond. That of motion itself is taken to be v·ρ^lag. The mean is not subtracted.
 * @param runs of successive transitions, at least LAGS each
 */
export function fitSmoothing(runs: readonly (readonly number[])[]): Smoothing {
  const covariance = Array.from({ length: LAGS }, (_, lag) => {
    let [sum, pairs] = [0, 0]
    for (const run of runs) for (let t = lag; t < run.length; t++, pairs++) sum += run[t]! * run[t - lag]!
    return sum / pairs
  })
  let best = { error: Number.POSITIVE_INFINITY, rho: 0, v: 0, s: 0 }
  for (let step = 0; step < 100; step++) {
    const fit = fitCovariance(covariance, step / 100)
    if (fit.error < best.error) best = fit
  }
  const { rho, v, s } = best
  if (!(v > 0)) return NO_SMOOTHING
  const [same, beside, far] = [v + 2 * s, v * rho - s, v * rho ** 2]
  const determinant = same * (same + far) - 2 * beside ** 2
  return [(v * (same + far) - 2 * beside * v * rho) / determinant, (same * v * rho - beside * v) / determinant]
}

/** The v and s ≥ 0 with which v·ρ^lag, plus 2s and -s at the first two lags, comes closest to the covariance. */
function fitCovariance(covariance: readonly number[], rho: number) {
  const decay = covariance.map((_, lag) => rho ** lag)
  const rounding = covariance.map((_, lag) => [2, -1][lag] ?? 0)
  const [dd, dr, rr] = [dot(decay, decay), dot(decay, rounding), dot(rounding, rounding)]
  const [dc, rc] = [dot(decay, covariance), dot(rounding, covariance)]
  const determinant = dd * rr - dr ** 2
  let [v, s] = [(dc * rr - rc * dr) / determinant, (rc * dd - dc * dr) / determinant]
  if (s < 0) [v, s] = [dc / dd, 0]
  const error = covariance.reduce((sum, c, i) => sum + (v * decay[i]! + s * rounding[i]! - c) ** 2, 0)
  return { error, rho, v, s }
}

/** Smooths successive transitions' coordinates [n][D]; the first and the last are their own neighbours. */
export function smoothed(coordinates: readonly (readonly number[])[], smoothing: readonly Smoothing[]): number[][] {
  const last = coordinates.length - 1
  return coordinates.map((values, t) => {
    const [before, after] = [coordinates[Math.max(t - 1, 0)]!, coordinates[Math.min(t + 1, last)]!]
    return values.map((value, d) => {
      const [own, beside] = smoothing[d]!
      return own * value + beside * (before[d]! + after[d]!)
    })
  })
}
