// A Wiener filter over time for the coordinates of transitions (docs/latent-actions-spec.md, Smoothing). Games draw at whole pixels, so a
// motion of 0.45 pixels per frame is seen as 0, 0, 1.

/** Second moments by which a filter is fitted. */
const LAGS = 5

/** The weight of a transition, and that of each of its two neighbours. */
export type Smoothing = readonly [own: number, beside: number]

export const NO_SMOOTHING: Smoothing = [1, 0]

/**
 * Fits the filter of one coordinate. Rounded positions give motions errors whose second moments are 2s, and -s between successive ones.
 * Those of motion itself are taken to be a·ρ^lag.
 * @param runs of successive transitions, at least LAGS each
 */
export function fitSmoothing(runs: readonly (readonly number[])[]): Smoothing {
  const moments = Array.from({ length: LAGS }, (_, lag) => {
    let [sum, pairs] = [0, 0]
    for (const run of runs) for (let t = lag; t < run.length; t++, pairs++) sum += run[t]! * run[t - lag]!
    return sum / pairs
  })
  let best = { error: Number.POSITIVE_INFINITY, rho: 0, a: 0, s: 0 }
  for (let step = 0; step < 100; step++) {
    const fit = fitMoments(moments, step / 100)
    if (fit.error < best.error) best = fit
  }
  const { rho, a, s } = best
  if (!(a > 0)) return NO_SMOOTHING
  const [same, beside, far] = [a + 2 * s, a * rho - s, a * rho ** 2]
  const determinant = same * (same + far) - 2 * beside ** 2
  return [(a * (same + far) - 2 * beside * a * rho) / determinant, (same * a * rho - beside * a) / determinant]
}

/** The a and s ≥ 0 with which a·ρ^lag, plus 2s and -s at the first two lags, comes closest to the moments. */
function fitMoments(moments: readonly number[], rho: number) {
  const decay = moments.map((_, lag) => rho ** lag)
  const rounding = moments.map((_, lag) => [2, -1][lag] ?? 0)
  const dot = (x: readonly number[], y: readonly number[]) => x.reduce((sum, v, i) => sum + v * y[i]!, 0)
  const [dd, dr, rr] = [dot(decay, decay), dot(decay, rounding), dot(rounding, rounding)]
  const [dc, rc] = [dot(decay, moments), dot(rounding, moments)]
  const determinant = dd * rr - dr ** 2
  let [a, s] = [(dc * rr - rc * dr) / determinant, (rc * dd - dc * dr) / determinant]
  if (s < 0) [a, s] = [dc / dd, 0]
  const error = moments.reduce((sum, c, i) => sum + (a * decay[i]! + s * rounding[i]! - c) ** 2, 0)
  return { error, rho, a, s }
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
