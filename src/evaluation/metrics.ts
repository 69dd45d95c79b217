// Metrics of frames and codes. Frames are lists of values 0 … 1 of any shape.

/** PSNR of equal pictures, dB: JSON has no infinity. */
const BEST_PSNR = 100

/** Mean of (a − b)². */
export function squaredError(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let sum = 0
  for (let i = 0; i < a.length; i++) sum += (a[i]! - b[i]!) ** 2
  return sum / a.length
}

/** Peak signal-to-noise ratio of a mean squared error on the scale 0 … 1, in dB; 100 at most. */
export function psnr(error: number): number {
  return Math.min(-10 * Math.log10(error), BEST_PSNR)
}

/** u8 values as 0 … 1. */
export function unitValues(bytes: Uint8Array): Float32Array<ArrayBuffer> {
  return Float32Array.from(bytes, value => value / 255)
}

export function mean(values: ArrayLike<number>): number {
  let sum = 0
  for (let i = 0; i < values.length; i++) sum += values[i]!
  return sum / values.length
}

/** Standard error of the mean of `values`; null for fewer than two. */
export function standardError(values: readonly number[]): number | null {
  if (values.length < 2) return null
  const centre = mean(values)
  const variance = values.reduce((sum, v) => sum + (v - centre) ** 2, 0) / (values.length - 1)
  return Math.sqrt(variance / values.length)
}

/** exp(entropy) of a distribution given as counts: the number of equally frequent codes with that entropy. */
export function perplexity(times: readonly number[]): number {
  const total = times.reduce((a, b) => a + b, 0)
  const entropy = times.reduce((sum, n) => (n === 0 ? sum : sum - (n / total) * Math.log(n / total)), 0)
  return Math.exp(entropy)
}

/** −log softmax(logits)[target], in nats. */
export function crossEntropy(logits: ArrayLike<number>, target: number): number {
  let largest = Number.NEGATIVE_INFINITY
  for (let k = 0; k < logits.length; k++) largest = Math.max(largest, logits[k]!)
  let sum = 0
  for (let k = 0; k < logits.length; k++) sum += Math.exp(logits[k]! - largest)
  return largest + Math.log(sum) - logits[target]!
}
