// Principal components of patches, and layers initialised with them: an embedding onto the components, and a head that inverts it.

import { covarianceOf, dot } from '../linear_algebra.ts'
import type { Random } from '../random.ts'
import type { InitialWeights } from './initial_weights.ts'

export interface PrincipalComponents {
  mean: Float64Array // [P]
  /** In descending order of variance. */
  basis: Float64Array[] // [count][P]
  deviations: number[]
}

const ROUNDS = 30
/** The least deviation that is assumed, since a video may have one colour only. */
export const LEAST_DEVIATION = 1e-3

/** Frames u32 [n, H, W] RGBA8 → their whole patches [n · S, 3p²], 0 … 1. */
export function patchesOf(
  frames: Uint32Array,
  { height, width }: { height: number; width: number },
  patch: number,
): Float32Array {
  const values: number[] = []
  for (let from = 0; from < frames.length; from += height * width)
    for (let top = 0; top + patch <= height; top += patch)
      for (let left = 0; left + patch <= width; left += patch)
        for (let y = top; y < top + patch; y++)
          for (let x = left; x < left + patch; x++)
            for (let c = 0; c < 3; c++) values.push(((frames[from + y * width + x]! >> (8 * c)) & 255) / 255)
  return Float32Array.from(values)
}

/** patches [n, P] → the `count` first principal components, by orthogonal iteration. */
export function principalComponents(
  patches: Float32Array,
  size: number,
  count: number,
  random: Random,
): PrincipalComponents {
  const rows = Array.from({ length: patches.length / size }, (_, n) => patches.subarray(n * size, (n + 1) * size))
  const { mean, covariance } = covarianceOf(rows)
  const times = (v: Float64Array) => Float64Array.from(covariance, row => dot(row, v))
  let basis = Array.from({ length: Math.min(count, size) }, () =>
    Float64Array.from({ length: size }, () => random.normal()),
  )
  for (let round = 0; round < ROUNDS; round++) basis = orthonormal(basis.map(times))
  const deviations = basis.map(v => Math.sqrt(Math.max(dot(v, times(v)), 0)))
  return { mean, basis, deviations }
}

/** Gram-Schmidt; a vector that depends on those before it becomes 0. */
function orthonormal(vectors: Float64Array<ArrayBuffer>[]): Float64Array<ArrayBuffer>[] {
  const done: Float64Array<ArrayBuffer>[] = []
  for (const v of vectors) {
    for (let pass = 0; pass < 2; pass++)
      for (const u of done) {
        const along = dot(u, v)
        for (let i = 0; i < v.length; i++) v[i]! -= along * u[i]!
      }
    const length = Math.sqrt(dot(v, v))
    done.push(v.map(x => (length > 1e-12 ? x / length : 0)))
  }
  return done
}

/** The factors by which an embedding scales the first `channels` components: large ones shrink to a deviation of about 1. */
export const embeddingScales = ({ deviations }: PrincipalComponents, channels: number): number[] =>
  deviations.slice(0, channels).map(deviation => 1 / Math.max(deviation + 0.1 * deviations[0]!, LEAST_DEVIATION))

/** The embedding `layer` becomes the first components, as many as there are scales, and 0 in its other channels. */
export function initPatchEmbedding(
  m: InitialWeights,
  layer: string,
  { mean, basis }: PrincipalComponents,
  scales: readonly number[],
): void {
  const { shape, values } = m.get(`${layer}.weight`)
  const bias = m.get(`${layer}.bias`).values
  const size = shape[1]!
  values.fill(0)
  bias.fill(0)
  scales.forEach((scale, c) => {
    for (let i = 0; i < size; i++) values[c * size + i] = basis[c]![i]! * scale
    bias[c] = -scale * dot(basis[c]!, mean)
  })
}

/** The head `layer` inverts that embedding to first order: it begins at the logits of the mean patch. */
export function initPixelHead(
  m: InitialWeights,
  layer: string,
  { mean, basis }: PrincipalComponents,
  scales: readonly number[],
): void {
  const { shape, values } = m.get(`${layer}.weight`)
  const bias = m.get(`${layer}.bias`).values
  const width = shape[1]!
  values.fill(0)
  mean.forEach((value, i) => {
    const v = Math.min(Math.max(value, 0.02), 0.98)
    bias[i] = Math.log(v / (1 - v))
    scales.forEach((scale, c) => {
      values[i * width + c] = basis[c]![i]! / scale / (v * (1 - v))
    })
  })
}
