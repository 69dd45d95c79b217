// The JSON report of a benchmark run. Times are in milliseconds.

/** The adapter and the program that ran it. */
export interface AdapterReport {
  name: string
  browser: string
  precision: string
  date: string
  features: string[]
  limits: Record<string, number>
}

/** The adapter's roofline, as two kernels reach it: multiply-adds in registers, and a copy. Other kernels may exceed it. */
export interface Peak {
  gflops: number
  gbps: number
}

/** One variant of one kernel at one shape. */
export interface Row {
  kernel: string
  /** The variant's name. */
  version: string
  shape: string
  /** Median time of a dispatch; null where it was not timed, and `note` says why. */
  ms: number | null
  gflops: number | null
  gbps: number | null
  /** The roofline, measured in the same rounds as this row. */
  peak: Peak | null
  /** Per cent of that in arithmetic or in bytes, whichever is larger; above 100 where the row is faster than both kernels. */
  ofPeak: number | null
  /** Whether its results equal those of the first variant. */
  correct: boolean
  /** (slowest - fastest) / median of the rounds. */
  spread: number | null
  note?: string
}

/** One operation of the engine and of a peer, measured in the same run. */
export interface PeerRow {
  what: string
  shape: string
  peer: string
  /** The engine's milliseconds; null where it was not timed, and `note` says why. */
  ours: number | null
  theirs: number | null
  /** theirs / ours: above 1, the engine is faster. */
  ratio: number | null
  /** Whether the results are equal within 1e-3 of the largest number, or the tokens all equal. */
  correct: boolean
  note?: string
}

export interface Report {
  adapter: AdapterReport
  peak: Peak
  rows: Row[]
  peers: PeerRow[]
}

/** The largest difference over the largest absolute number of `reference`; infinite where a number is NaN. */
export function difference(got: ArrayLike<number>, reference: ArrayLike<number>): number {
  let largest = 0
  let worst = 0
  for (let i = 0; i < reference.length; i++) {
    largest = Math.max(largest, Math.abs(reference[i]!))
    const d = Math.abs(got[i]! - reference[i]!)
    if (!(d <= worst)) worst = Number.isNaN(d) ? Number.POSITIVE_INFINITY : d
  }
  return largest === 0 ? Number.POSITIVE_INFINITY : worst / largest
}
