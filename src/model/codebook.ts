// Codebooks on the CPU, once per load: unit vectors, and their projections by a linear layer.

/** Rows [count, width] divided by their norms, which count as at least 1e-12. */
export function unitVectors(values: Float32Array, width: number): Float32Array<ArrayBuffer> {
  const out = new Float32Array(values.length)
  for (let from = 0; from < values.length; from += width) {
    let squares = 0
    for (let i = 0; i < width; i++) squares += values[from + i]! ** 2
    const length = Math.max(Math.sqrt(squares), 1e-12)
    for (let i = 0; i < width; i++) out[from + i] = values[from + i]! / length
  }
  return out
}

/**
 * rows [count, C] · weightᵀ [D, C] + bias [D] → [count, D]: a table of what a decoder would compute per code. Where codes are added up, only
 * the first `biased` rows have the bias.
 */
export function projectRows(
  rows: Float32Array,
  weight: Float32Array,
  width: number,
  bias?: Float32Array,
  biased = Number.POSITIVE_INFINITY,
): Float32Array<ArrayBuffer> {
  const count = rows.length / width
  const outputs = weight.length / width
  const table = new Float32Array(count * outputs)
  for (let r = 0; r < count; r++)
    for (let d = 0; d < outputs; d++) {
      let sum = (r < biased && bias?.[d]) || 0
      for (let i = 0; i < width; i++) sum += rows[r * width + i]! * weight[d * width + i]!
      table[r * outputs + d] = sum
    }
  return table
}
