// The counter-based random numbers of docs/model.md §5 on the CPU, in 64-bit floats.

function pcg(v: number): number {
  const state = (Math.imul(v, 747796405) + 2891336453) >>> 0
  const word = Math.imul((state >>> ((state >>> 28) + 4)) ^ state, 277803737) >>> 0
  return ((word >>> 22) ^ word) >>> 0
}

/** The Gumbel noise of code `k` at position `i`. */
export function gumbel(seed: number, frame: number, step: number, i: number, k: number): number {
  const bits = pcg((pcg((pcg((pcg((pcg(seed) ^ frame) >>> 0) ^ step) >>> 0) ^ i) >>> 0) ^ k) >>> 0)
  const v = (bits >>> 9) * 2 ** -23 + 2 ** -24
  return -Math.log(-Math.log1p(-v))
}
