// docs/model.md §2, quantise: z/‖z‖ against codebook rows e/‖e‖; the code is the largest inner product, ties to the lowest index.

type Numbers = ArrayLike<number>

/** z [rows, C], codebook [K, C] of any lengths → codes [rows]. */
export function vqLookup(z: Numbers, codebook: Numbers, width: number): number[] {
  const row = (values: Numbers, r: number) => unit(Array.from({ length: width }, (_, i) => values[r * width + i]!))
  const codes = Array.from({ length: codebook.length / width }, (_, k) => row(codebook, k))
  return Array.from({ length: z.length / width }, (_, r) => {
    const unitZ = row(z, r)
    const products = codes.map(code => code.reduce((sum, c, i) => sum + c * unitZ[i]!, 0))
    return products.indexOf(Math.max(...products))
  })
}

function unit(v: number[]): number[] {
  const length = Math.max(Math.hypot(...v), 1e-12)
  return v.map(x => x / length)
}
