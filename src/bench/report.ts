// What a run of the benchmark gives: JSON people can keep. Times are in milliseconds.

/** Which machine it was. */
export interface AdapterReport {
  name: string
  browser: string
  precision: string
  date: string
  features: string[]
  limits: Record<string, number>
}

/** This adapter's own peak: a kernel of multiply-adds in registers, and a kernel that copies. */
export interface Peak {
  gflops: number
  gbps: number
}

/** One version of one kernel at one shape. */
export interface Row {
  kernel: string
  version: string
  shape: string
  /** Median of a dispatch; null where it was not timed, and `note` says why. */
  ms: number | null
  gflops: number | null
  gbps: number | null
  /** The adapter's peak as it was in the rounds in which this was timed. */
  peak: Peak | null
  /** Per cent of that, in arithmetic or in bytes, whichever is more. */
  ofPeak: number | null
  /** Whether it gives what version 1 gives. */
  correct: boolean
  /** (slowest - quickest) / median of the times taken. */
  spread: number | null
  note?: string
}

/** One operation, ours beside another's in the same run. */
export interface PeerRow {
  what: string
  shape: string
  peer: string
  /** Milliseconds; null where it could not be had, and `note` says why. */
  ours: number | null
  theirs: number | null
  /** theirs / ours: how many times faster we are. */
  ratio: number | null
  /** Whether results are equal within 1e-3 of the largest. */
  correct: boolean
  note?: string
}

export interface Report {
  adapter: AdapterReport
  peak: Peak
  rows: Row[]
  peers: PeerRow[]
}

/** The middle one. */
export function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1]!
}

/** Largest difference over the largest number of `reference`; infinite where a number is NaN. */
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
