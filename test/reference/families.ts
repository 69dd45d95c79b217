// Formulas of blocks and codes of other families, each in 64-bit floats: docs/bring-your-own-model.md.

type Numbers = ArrayLike<number>

const rowsOf = (x: Numbers, width: number): number[][] =>
  Array.from({ length: x.length / width }, (_, r) => Array.from({ length: width }, (_, i) => x[r * width + i]!))
const mean = (values: number[]) => values.reduce((a, b) => a + b, 0) / values.length

/** x / √(mean(x²) + 1e-5) · weight. */
export const rmsNorm = (x: Numbers, weight: Numbers): number[] =>
  rowsOf(x, weight.length).flatMap(row => {
    const scale = 1 / Math.sqrt(mean(row.map(v => v * v)) + 1e-5)
    return row.map((v, i) => v * scale * weight[i]!)
  })

/** n · (1 + γ) + β by the row of the frame's condition in `table` [conditions, 2 · width]; n alone where it is negative. */
export function filmNorm(x: Numbers, table: Numbers, conditions: Numbers, width: number): number[] {
  const tokens = x.length / width / conditions.length
  return rowsOf(x, width).flatMap((row, r) => {
    const m = mean(row)
    const scale = 1 / Math.sqrt(mean(row.map(v => (v - m) ** 2)) + 1e-5)
    const from = conditions[Math.floor(r / tokens)]! * 2 * width
    return row.map((v, i) => {
      const n = (v - m) * scale
      return from < 0 ? n : n * (1 + table[from + i]!) + table[from + width + i]!
    })
  })
}

/** silu(first half) · second half of each row. */
export const swiglu = (x: Numbers, width: number): number[] =>
  rowsOf(x, 2 * width).flatMap(row => row.slice(0, width).map((v, i) => (v / (1 + Math.exp(-v))) * row[width + i]!))

/** x/2 · (1 + erf(x/√2)), erf by its Taylor series up to 6 and 1 beyond. */
export function geluErf(x: Numbers): number[] {
  return Array.from(x, v => {
    const z = v / Math.SQRT2
    let [sum, term] = [z, z]
    for (let n = 1; n < 200; n++) {
      term *= (-z * z) / n
      sum += term / (2 * n + 1)
    }
    const erf = Math.abs(z) > 5 ? Math.sign(z) : (2 / Math.sqrt(Math.PI)) * sum
    return 0.5 * v * (1 + erf)
  })
}

/** Where value c·p² + py·p + px of patch s lies in a frame [height, width, 3]; undefined in the padding. */
export function channelsFirstValue(
  { height, width }: { height: number; width: number },
  patch: number,
  s: number,
  value: number,
): { at: number; isPadding: boolean } {
  const across = Math.ceil(width / patch)
  const [c, pixel] = [Math.floor(value / patch ** 2), value % patch ** 2]
  const y = Math.floor(s / across) * patch + Math.floor(pixel / patch)
  const x = (s % across) * patch + (pixel % patch)
  const [row, column] = [Math.min(y, height - 1), Math.min(x, width - 1)]
  return { at: (row * width + column) * 3 + c, isPadding: y >= height || x >= width }
}

/** Codes of latents [rows, width]. */
export const fsq = (latents: Numbers, width: number, levels: number): number[] =>
  rowsOf(latents, width).map(row =>
    row.reduce((code, z, j) => {
      const u = 0.5 * (Math.tanh(z) + 1) * (levels - 1)
      const digit = u % 1 === 0.5 ? 2 * Math.round(u / 2) : Math.round(u)
      return code + digit * levels ** j
    }, 0),
  )

/** Means of the tokens of two consecutive frames. */
export function framePairMeans(x: Numbers, tokens: number, width: number): number[] {
  const rows = rowsOf(x, width)
  const means = Array.from({ length: rows.length / tokens }, (_, t) =>
    Array.from({ length: width }, (_, i) => mean(rows.slice(t * tokens, (t + 1) * tokens).map(row => row[i]!))),
  )
  return means.slice(1).flatMap((after, t) => [...means[t]!, ...after])
}

/** (x - mean) / √(variance + 1e-6) · weight + bias, plus rows of `position` that repeat. */
export function flaxLayerNorm(x: Numbers, weight: Numbers, bias: Numbers, position?: Numbers): number[] {
  return rowsOf(x, weight.length).flatMap((row, r) => {
    const m = mean(row)
    const scale = 1 / Math.sqrt(mean(row.map(v => (v - m) ** 2)) + 1e-6)
    const at = (i: number) => position?.[(r * weight.length + i) % position.length] ?? 0
    return row.map((v, i) => (v - m) * scale * weight[i]! + bias[i]! + at(i))
  })
}

/** `count` rows of every `tokens`, from number `first` on. */
export const pickTokens = (x: Numbers, width: number, tokens: number, first: number, count: number): number[] =>
  rowsOf(x, width)
    .filter((_, r) => r % tokens >= first && r % tokens < first + count)
    .flat()
