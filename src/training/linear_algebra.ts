// Small linear algebra on the host, in 64-bit floats.

/** The inner product of a and the first numbers of b. */
export function dot(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let sum = 0
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!
  return sum
}

/** Mean [D] and covariance [D][D] of rows [n][D]. */
export function covarianceOf(rows: readonly ArrayLike<number>[]): {
  mean: Float64Array<ArrayBuffer>
  covariance: Float64Array<ArrayBuffer>[]
} {
  const n = rows.length
  const D = rows[0]!.length
  const mean = new Float64Array(D)
  for (const row of rows) for (let i = 0; i < D; i++) mean[i]! += row[i]! / n
  const covariance = Array.from({ length: D }, () => new Float64Array(D))
  const centred = new Float64Array(D)
  for (const row of rows) {
    for (let i = 0; i < D; i++) centred[i] = row[i]! - mean[i]!
    for (let i = 0; i < D; i++) {
      const [sums, a] = [covariance[i]!, centred[i]! / n]
      for (let j = 0; j <= i; j++) sums[j]! += a * centred[j]!
    }
  }
  for (let i = 0; i < D; i++) for (let j = 0; j < i; j++) covariance[j]![i] = covariance[i]![j]!
  return { mean, covariance }
}

/** Solves A·x = b for every b by Cholesky decomposition, for a positive definite A [D][D], whose lower triangle it overwrites. */
export function solvePositive(A: readonly Float64Array[], b: readonly Float64Array[]): Float64Array[] {
  const D = A.length
  for (let i = 0; i < D; i++)
    for (let j = 0; j <= i; j++) {
      let sum = A[i]![j]!
      for (let k = 0; k < j; k++) sum -= A[i]![k]! * A[j]![k]!
      A[i]![j] = i === j ? Math.sqrt(sum) : sum / A[j]![j]!
    }
  return b.map(right => {
    const x = right.slice()
    for (let i = 0; i < D; i++) {
      for (let k = 0; k < i; k++) x[i]! -= A[i]![k]! * x[k]!
      x[i]! /= A[i]![i]!
    }
    for (let i = D - 1; i >= 0; i--) {
      for (let k = i + 1; k < D; k++) x[i]! -= A[k]![i]! * x[k]!
      x[i]! /= A[i]![i]!
    }
    return x
  })
}

/** A ridge: that share of the mean of the diagonal of A [D²], but more than 0. */
export function ridgeOf(A: Float64Array, D: number, share: number): number {
  let trace = 0
  for (let i = 0; i < D; i++) trace += A[i * D + i]!
  return (share * trace) / D + Number.MIN_VALUE
}

/** The rows of a lower triangle [D²], with `ridge` added to its diagonal. */
export const ridged = (A: Float64Array, D: number, ridge: number): Float64Array[] =>
  Array.from({ length: D }, (_, i) => A.slice(i * D, (i + 1) * D).map((v, j) => (j === i ? v + ridge : v)))

/**
 * Ridge regression: the weights [outputs][D] that map rows [n][D], less their mean, to targets.
 * @param ridge added to the diagonal of the covariance of the rows
 * @param productsOf gives Σ (row - mean) · target / n of each output
 */
export function ridgeRegression(
  rows: readonly ArrayLike<number>[],
  ridge: number,
  productsOf: (mean: Float64Array) => Float64Array[],
): { mean: Float64Array<ArrayBuffer>; weight: Float64Array[] } {
  const { mean, covariance } = covarianceOf(rows)
  for (const [i, row] of covariance.entries()) row[i]! += ridge
  return { mean, weight: solvePositive(covariance, productsOf(mean)) }
}

/** Columns of X that `addGram` takes at a time, so that they stay in the cache. */
const CHUNK = 256

/** Adds the lower triangle of X·Xᵀ to A [D, D], for X [D, n]. */
export function addGram(X: Float32Array, D: number, A: Float64Array): void {
  const n = X.length / D
  for (let first = 0; first < n; first += CHUNK)
    for (let i = 0; i < D; i += 4)
      for (let j = 0; j <= i; j += 4) gramTile(X, D, n, A, i, j, first, Math.min(first + CHUNK, n))
}

/** Four by four sums at a time: each number that is read is used four times. */
function gramTile(
  X: Float32Array,
  D: number,
  n: number,
  A: Float64Array,
  i: number,
  j: number,
  first: number,
  end: number,
): void {
  const last = D - 1
  const [i0, i1, i2, i3] = [i * n, Math.min(i + 1, last) * n, Math.min(i + 2, last) * n, Math.min(i + 3, last) * n]
  const [j0, j1, j2, j3] = [j * n, Math.min(j + 1, last) * n, Math.min(j + 2, last) * n, Math.min(j + 3, last) * n]
  let s0 = 0
  let s1 = 0
  let s2 = 0
  let s3 = 0
  let s4 = 0
  let s5 = 0
  let s6 = 0
  let s7 = 0
  let s8 = 0
  let s9 = 0
  let s10 = 0
  let s11 = 0
  let s12 = 0
  let s13 = 0
  let s14 = 0
  let s15 = 0
  for (let r = first; r < end; r++) {
    const a0 = X[i0 + r]!
    const a1 = X[i1 + r]!
    const a2 = X[i2 + r]!
    const a3 = X[i3 + r]!
    const b0 = X[j0 + r]!
    const b1 = X[j1 + r]!
    const b2 = X[j2 + r]!
    const b3 = X[j3 + r]!
    s0 += a0 * b0
    s1 += a0 * b1
    s2 += a0 * b2
    s3 += a0 * b3
    s4 += a1 * b0
    s5 += a1 * b1
    s6 += a1 * b2
    s7 += a1 * b3
    s8 += a2 * b0
    s9 += a2 * b1
    s10 += a2 * b2
    s11 += a2 * b3
    s12 += a3 * b0
    s13 += a3 * b1
    s14 += a3 * b2
    s15 += a3 * b3
  }
  const sums = [s0, s1, s2, s3, s4, s5, s6, s7, s8, s9, s10, s11, s12, s13, s14, s15]
  for (let a = 0; a < 4 && i + a < D; a++)
    for (let b = 0; b < 4 && j + b <= i + a; b++) A[(i + a) * D + j + b]! += sums[4 * a + b]!
}

/** X [R, D] · Wᵀ, for W [K, D] → [R, K]. */
export function innerProducts(X: Float32Array, W: Float32Array, D: number): Float32Array<ArrayBuffer> {
  const [R, K] = [X.length / D, W.length / D]
  const products = new Float32Array(R * K)
  // Two rows by four at a time: each number that is read is used more than once.
  for (let r = 0; r < R; r += 2) {
    const [x0, x1] = [r * D, Math.min(r + 1, R - 1) * D]
    for (let k = 0; k < K; k += 4) {
      const last = K - 1
      const [w0, w1, w2, w3] = [k * D, Math.min(k + 1, last) * D, Math.min(k + 2, last) * D, Math.min(k + 3, last) * D]
      let s0 = 0
      let s1 = 0
      let s2 = 0
      let s3 = 0
      let t0 = 0
      let t1 = 0
      let t2 = 0
      let t3 = 0
      for (let i = 0; i < D; i++) {
        const a = X[x0 + i]!
        const b = X[x1 + i]!
        s0 += a * W[w0 + i]!
        s1 += a * W[w1 + i]!
        s2 += a * W[w2 + i]!
        s3 += a * W[w3 + i]!
        t0 += b * W[w0 + i]!
        t1 += b * W[w1 + i]!
        t2 += b * W[w2 + i]!
        t3 += b * W[w3 + i]!
      }
      const sums = [s0, s1, s2, s3, t0, t1, t2, t3]
      for (let i = 0; i < 2 && r + i < R; i++)
        for (let j = 0; j < 4 && k + j < K; j++) products[(r + i) * K + k + j] = sums[4 * i + j]!
    }
  }
  return products
}
