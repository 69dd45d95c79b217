// Estimates the remaining time of a task by its pace since it began or was resumed.

/** Seconds before an estimate is given: the first pieces of work are not typical. */
const LEAST = 1

export class Remaining {
  private from: { share: number; at: number } | undefined

  /** @param now milliseconds */
  constructor(private readonly now = () => performance.now()) {}

  /** The work pauses: the time until the next share does not count. */
  pause(): void {
    this.from = undefined
  }

  /** Seconds that are left once `share` of the work is done, 0 … 1; undefined while that is not known. */
  after(share: number): number | undefined {
    this.from ??= { share, at: this.now() }
    const seconds = (this.now() - this.from.at) / 1000
    const done = share - this.from.share
    return done > 0 && seconds >= LEAST ? ((1 - share) * seconds) / done : undefined
  }
}
