// The cost model of an adapter: milliseconds per unit of a frame's work, fitted to measured frames, and its error.

import { median } from '../statistics.ts'
import { type AdapterCost, type FrameWork, PARTS, timeOf } from '../world/cost.ts'

/** The work of a measured frame, and its milliseconds. */
export interface Measured {
  work: FrameWork
  ms: number
}

/** Relative errors of frames that were left out of the fit, one by one: 0.1 is 10 %. */
interface FitError {
  median: number
  worst: number
}

/**
 * The costs, none negative, that minimise the squared relative errors. A part of the work that explains nothing costs 0.
 * @throws RangeError when there are fewer frames than parts of the work
 */
export function fitCost(frames: readonly Measured[]): AdapterCost {
  if (frames.length < PARTS.length)
    throw new RangeError(`a cost model of ${PARTS.length} numbers needs as many frames, given ${frames.length}`)
  const rows = frames.map(({ work, ms }) => PARTS.map(part => work[part] / ms))
  let best: { cost: number[]; loss: number } | undefined
  // With four parts, the non-negative solution is the best of the plain ones over all subsets of the parts.
  for (let subset = 1; subset < 2 ** PARTS.length; subset++) {
    const used = PARTS.map((_, i) => i).filter(i => subset & (1 << i))
    const solved = leastSquares(rows.map(row => used.map(i => row[i]!)))
    if (!solved?.every(x => x >= 0)) continue
    const cost = PARTS.map((_, i) => (used.includes(i) ? solved[used.indexOf(i)]! : 0))
    const loss = rows.reduce((sum, row) => sum + (row.reduce((s, x, i) => s + x * cost[i]!, 0) - 1) ** 2, 0)
    if (!best || loss < best.loss) best = { cost, loss }
  }
  return Object.fromEntries(PARTS.map((part, i) => [part, best!.cost[i]!])) as AdapterCost
}

/** Each frame is predicted by a fit to the others. */
export function fitError(frames: readonly Measured[]): FitError {
  const errors = frames.map(({ work, ms }, i) => Math.abs(timeOf(work, fitCost(frames.toSpliced(i, 1))) / ms - 1))
  return { median: median(errors), worst: Math.max(...errors) }
}

/** x that minimises |A x − 1|², by the normal equations; undefined where they have no single solution. */
function leastSquares(A: readonly number[][]): number[] | undefined {
  const n = A[0]!.length
  // Columns are scaled to one length: their units differ by orders of magnitude.
  const scale = Array.from({ length: n }, (_, i) => Math.hypot(...A.map(row => row[i]!)) || 1)
  const m = Array.from({ length: n }, (_, i) => [
    ...Array.from({ length: n }, (_, j) => A.reduce((s, row) => s + (row[i]! * row[j]!) / scale[i]! / scale[j]!, 0)),
    A.reduce((s, row) => s + row[i]! / scale[i]!, 0),
  ])
  for (let i = 0; i < n; i++) {
    const pivot = m[i]![i]!
    if (pivot < 1e-9) return undefined
    for (let r = 0; r < n; r++) {
      if (r === i) continue
      const factor = m[r]![i]! / pivot
      for (let c = i; c <= n; c++) m[r]![c]! -= factor * m[i]![c]!
    }
  }
  return m.map((row, i) => row[n]! / row[i]! / scale[i]!)
}
