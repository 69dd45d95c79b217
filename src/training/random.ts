// The random numbers of training. Every step has a generator of its own, seeded by (seed, step), so that a resumed run draws the
// same batches as an uninterrupted one.

export class Random {
  private state: number

  constructor(...seeds: number[]) {
    this.state = seeds.reduce((state, seed) => fmix32((state ^ seed) >>> 0), 0x9e3779b9)
  }

  /** In 0 … 1, 1 excluded. */
  uniform(): number {
    this.state = (this.state + 0x9e3779b9) >>> 0
    return fmix32(this.state) / 2 ** 32
  }

  /** A whole number of 0 … count-1. */
  integer(count: number): number {
    return Math.floor(this.uniform() * count)
  }

  /** Normal, of mean 0 and deviation 1 (Box and Muller). */
  normal(): number {
    return Math.sqrt(-2 * Math.log(1 - this.uniform())) * Math.cos(2 * Math.PI * this.uniform())
  }

  /** An index with odds in proportion to `odds`, whose sum is not 0. */
  pick(odds: ArrayLike<number>): number {
    let total = 0
    for (let i = 0; i < odds.length; i++) total += odds[i]!
    let left = this.uniform() * total
    for (let i = 0; i < odds.length; i++) {
      left -= odds[i]!
      if (left < 0) return i
    }
    return odds.length - 1
  }
}

/** Spreads every bit over all others: the finaliser of MurmurHash3. */
function fmix32(v: number): number {
  let x = v
  x = Math.imul(x ^ (x >>> 16), 0x85ebca6b)
  x = Math.imul(x ^ (x >>> 13), 0xc2b2ae35)
  return (x ^ (x >>> 16)) >>> 0
}
