// docs/model.md, notation: linear(x) = x · Wᵀ + b, with W [out, in] as it lies in a file; GELU in its tanh form.

type Numbers = ArrayLike<number>

interface LinearReference {
  rows: number
  inner: number
  outer: number
  bias?: Numbers // [outer]
  gelu?: boolean
  /** Added last; fewer rows than x has repeat, of more the last are added. */
  addend?: Numbers // [any rows, outer]
}

/** x [rows, inner], weight [outer, inner] → [rows, outer]. */
export function linear(
  x: Numbers,
  weight: Numbers,
  { rows, inner, outer, bias, gelu, addend }: LinearReference,
): Float64Array {
  const y = new Float64Array(rows * outer)
  const from = Math.max((addend?.length ?? 0) - rows * outer, 0)
  for (let r = 0; r < rows; r++)
    for (let o = 0; o < outer; o++) {
      let sum = bias?.[o] ?? 0
      for (let i = 0; i < inner; i++) sum += x[r * inner + i]! * weight[o * inner + i]!
      const activated = gelu ? geluOf(sum) : sum
      y[r * outer + o] = activated + (addend ? addend[(from + r * outer + o) % addend.length]! : 0)
    }
  return y
}

function geluOf(v: number): number {
  return 0.5 * v * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (v + 0.044715 * v ** 3)))
}
