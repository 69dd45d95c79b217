// Seeded random numbers: PCG (RXS-M-XS, 32 bits of state; O'Neill 2014) in whole-number arithmetic, equal on every machine.

/** PCG's output permutation of one step from `state`: a well-mixed hash of 32 bits. */
export function mix(state: number): number {
  const s = (Math.imul(state, 747796405) + 2891336453) | 0
  const word = Math.imul((s >>> ((s >>> 28) + 4)) ^ s, 277803737)
  return ((word >>> 22) ^ word) >>> 0
}

/** A seed for the `index`-th thing under `seed`: clip i of seed s, the next level of a level. */
export function hash(seed: number, index: number): number {
  return mix(mix(seed) + Math.imul(index, 0x9e3779b9))
}

/** A PCG generator: whole numbers, for levels and choices. Training has a generator of its own (src/training/random.ts). */
export class Pcg {
  private state: number

  constructor(seed: number) {
    this.state = mix(seed)
  }

  /** A whole number, 0 … n − 1. */
  below(n: number): number {
    this.state = (Math.imul(this.state, 747796405) + 2891336453) | 0
    return mix(this.state) % n
  }

  /** A whole number, low … high, both included. */
  between(low: number, high: number): number {
    return low + this.below(high - low + 1)
  }

  /** True `percent` times in a hundred. */
  chance(percent: number): boolean {
    return this.below(100) < percent
  }

  /** An index into `weights`, drawn in proportion to them. */
  pick(weights: readonly number[]): number {
    let rest = this.below(weights.reduce((a, b) => a + b, 0))
    for (const [i, weight] of weights.entries()) {
      rest -= weight
      if (rest < 0) return i
    }
    throw new RangeError('no weight is above zero')
  }
}
