// The counter-based random numbers of docs/model.md §5 on the CPU, in 64-bit floats.

import { mix } from '../random.ts'

/** The Gumbel noise of code `k` at position `i`. */
export function gumbel(seed: number, frame: number, step: number, i: number, k: number): number {
  const bits = mix((mix((mix((mix((mix(seed) ^ frame) >>> 0) ^ step) >>> 0) ^ i) >>> 0) ^ k) >>> 0)
  const v = (bits >>> 9) * 2 ** -23 + 2 ** -24
  return -Math.log(-Math.log1p(-v))
}
