// Statistics of lists of numbers, for every folder.

/** The median of some numbers: the upper one for an even count, 0 for none. */
export function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1] ?? 0
}

/** Mutual information of two lists of equal length, bits. */
export function mutualInformation(a: ArrayLike<number>, b: ArrayLike<number>): number {
  const [joint, ofA, ofB] = [new Map<string, number>(), new Map<number, number>(), new Map<number, number>()]
  const count = <K>(map: Map<K, number>, key: K) => map.set(key, (map.get(key) ?? 0) + 1)
  for (let i = 0; i < a.length; i++) {
    count(joint, `${a[i]} ${b[i]}`)
    count(ofA, a[i]!)
    count(ofB, b[i]!)
  }
  let bits = 0
  for (const [key, n] of joint) {
    const [x, y] = key.split(' ').map(Number) as [number, number]
    bits += (n / a.length) * Math.log2((n * a.length) / (ofA.get(x)! * ofB.get(y)!))
  }
  // Rounding may give less than 0 for independent lists.
  return Math.max(bits, 0)
}

/** How often each of 0 … n - 1 occurs among values. */
export function counts(values: ArrayLike<number>, n: number): number[] {
  const times = new Array<number>(n).fill(0)
  for (let i = 0; i < values.length; i++) times[values[i]!]!++
  return times
}

/** The share of each of 0 … n - 1 among values; 0 for all where there are none. */
export function shares(values: ArrayLike<number>, n: number): number[] {
  return counts(values, n).map(count => count / Math.max(values.length, 1))
}
