// docs/model.md §1, norm: LayerNorm over the width, eps 1e-5, weight and bias.

type Numbers = ArrayLike<number>

/** x [rows, width] → the same shape. */
export function layerNorm(x: Numbers, weight: Numbers, bias: Numbers): Float64Array {
  const width = weight.length
  const y = new Float64Array(x.length)
  for (let from = 0; from < x.length; from += width) {
    const row = Array.from({ length: width }, (_, i) => x[from + i]!)
    const mean = row.reduce((a, b) => a + b) / width
    const variance = row.reduce((sum, v) => sum + (v - mean) ** 2, 0) / width
    row.forEach((v, i) => {
      y[from + i] = ((v - mean) / Math.sqrt(variance + 1e-5)) * weight[i]! + bias[i]!
    })
  }
  return y
}
