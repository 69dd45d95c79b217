// Initial codebooks: k-means++ on unit latents, and plain k-means on the residuals of the codebooks before.

import type { Random } from '../random.ts'

const ROUNDS = 5

/** Unit latents [n, C] → `count` unit centres [count, C]. Each further initial centre is drawn with odds in proportion to its squared distance from those before. */
export function sphericalKmeans(
  latents: Float32Array,
  width: number,
  count: number,
  random: Random,
): Float32Array<ArrayBuffer> {
  const rows = latents.length / width
  const centres = new Float32Array(count * width)
  const distance = new Float64Array(rows).fill(2)
  for (let k = 0; k < count; k++) {
    const chosen = k === 0 ? random.integer(rows) : random.pick(distance)
    centres.set(latents.subarray(chosen * width, (chosen + 1) * width), k * width)
    for (let r = 0; r < rows; r++)
      distance[r] = Math.min(distance[r]!, Math.max(0, 2 - 2 * product(latents, r, centres, k, width)) + 1e-12)
  }
  for (let round = 0; round < ROUNDS; round++) {
    const sums = new Float64Array(count * width)
    for (let r = 0; r < rows; r++) {
      const k = nearest(latents, r, centres, width)
      for (let i = 0; i < width; i++) sums[k * width + i]! += latents[r * width + i]!
    }
    for (let k = 0; k < count; k++) {
      const sum = sums.subarray(k * width, (k + 1) * width)
      const length = Math.hypot(...sum)
      if (length > 0)
        centres.set(
          Float32Array.from(sum, v => v / length),
          k * width,
        )
    }
  }
  return centres
}

function product(a: Float32Array, row: number, b: Float32Array, k: number, width: number): number {
  let sum = 0
  for (let i = 0; i < width; i++) sum += a[row * width + i]! * b[k * width + i]!
  return sum
}

function nearest(latents: Float32Array, row: number, centres: Float32Array, width: number): number {
  let [best, code] = [-2, 0]
  for (let k = 0; k < centres.length / width; k++) {
    const p = product(latents, row, centres, k, width)
    if (p > best) [best, code] = [p, k]
  }
  return code
}

/** Residuals [n, C] → `count` centres [count, C] by plain distance. An empty cluster moves to a random residual. */
export function residualKmeans(
  residuals: Float32Array,
  width: number,
  count: number,
  random: Random,
): Float32Array<ArrayBuffer> {
  const rows = residuals.length / width
  const centres = new Float32Array(count * width)
  const moveTo = (k: number, row: number) => centres.set(residuals.subarray(row * width, (row + 1) * width), k * width)
  for (let k = 0; k < count; k++) moveTo(k, random.integer(rows))
  for (let round = 0; round < ROUNDS; round++) {
    const [sums, times] = [new Float64Array(count * width), new Float64Array(count)]
    for (let r = 0; r < rows; r++) {
      const k = nearestRow(residuals, r, centres, width)
      times[k]!++
      for (let i = 0; i < width; i++) sums[k * width + i]! += residuals[r * width + i]!
    }
    for (let k = 0; k < count; k++)
      if (times[k] === 0) moveTo(k, random.integer(rows))
      else for (let i = 0; i < width; i++) centres[k * width + i] = sums[k * width + i]! / times[k]!
  }
  return centres
}

/** The nearest of some rows to row r of x by plain distance, on ties the lowest. */
export function nearestRow(x: Float32Array, r: number, rows: Float32Array, width: number): number {
  let [best, code] = [Number.POSITIVE_INFINITY, 0]
  for (let k = 0; k < rows.length / width; k++) {
    let distance = 0
    for (let i = 0; i < width && distance < best; i++) distance += (x[r * width + i]! - rows[k * width + i]!) ** 2
    if (distance < best) [best, code] = [distance, k]
  }
  return code
}
