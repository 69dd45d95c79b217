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
