// Linear operators on pictures of one channel. An operator is a kernel [D, D] (D = 2 · radius + 1): it predicts the change of a pixel from
// the pixels around it, everywhere alike. Weighted least squares fit it to the transitions that it explains best.

import { addGram, dot, innerProducts, ridged, ridgeOf, solvePositive } from '../linear_algebra.ts'
import {
  CHARBONNIER_SCALE,
  changesOf,
  momentOf,
  neighbourhoodsOf,
  type Pictures,
  type Pixels,
  predictedBy,
} from './pictures.ts'

/** Inputs and targets of the least squares, and how well the operators predict the targets. */
interface Samples {
  neighbourhoods: Float32Array // [N, M, P, D²]: the pixels around each pixel
  changes: Float32Array // [N, M, P]: the true change of each pixel
  errors: Float32Array // [N, M, K]
}

const [DECAY, RIDGE, DEVIATION_RIDGE] = [0.95, 1e-3, 3]
/** Fit weights below this are taken for 0. */
const LEAST_FIT_WEIGHT = 1e-3
/** Updates after which operators are fitted apart from one another. */
const SHARED_UPDATES = 5

export class Operators {
  readonly side: number
  private readonly gram: Float64Array[] // [K][D⁴], lower triangles: Σ fit weight · n · nᵀ, n a neighbourhood
  private readonly crossProducts: Float64Array[] // [K][D²]: Σ fit weight · n · d, d the true change
  updates = 0

  /** @param weights [K, D²] */
  constructor(
    readonly count: number,
    readonly radius: number,
    readonly weights: Float32Array<ArrayBuffer>,
  ) {
    this.side = 2 * radius + 1
    const size = this.side ** 2
    this.gram = Array.from({ length: count }, () => new Float64Array(size * size))
    this.crossProducts = Array.from({ length: count }, () => new Float64Array(size))
  }

  /** What they are fitted to: with the weights and the number of updates, all that they have learnt. */
  get sums(): readonly Float64Array[] {
    return [...this.gram, ...this.crossProducts]
  }

  /** Operators of noise. */
  static random(count: number, radius: number, normal: () => number): Operators {
    const size = (2 * radius + 1) ** 2
    const deviation = 0.02 / Math.sqrt(size)
    return new Operators(
      count,
      radius,
      Float32Array.from({ length: count * size }, () => deviation * normal()),
    )
  }

  samples(before: Pictures, after: Pictures, pixels: Pixels): Samples {
    const { count: K, side } = this
    const { perBlock } = pixels
    const neighbourhoods = neighbourhoodsOf(before, pixels, this.radius)
    const changes = changesOf(before, after, pixels)
    const predicted = innerProducts(neighbourhoods, this.weights, side ** 2)
    const errors = new Float32Array((changes.length / perBlock) * K)
    for (let pixel = 0, block = 0, at = 0; pixel < changes.length; block += K) {
      for (const end = pixel + perBlock; pixel < end; pixel++)
        for (let k = 0; k < K; k++) errors[block + k]! += (predicted[at++]! - changes[pixel]!) ** 2
      for (let k = 0; k < K; k++)
        errors[block + k] = Math.sqrt(errors[block + k]! / perBlock + CHARBONNIER_SCALE ** 2) - CHARBONNIER_SCALE
    }
    return { neighbourhoods, changes, errors }
  }

  /**
   * Fits the operators to a batch. Earlier batches count less and less.
   * @param fitWeights [N, M, K]: the weight of each block in each operator's fit
   * @param fittedPixels how many of a block's pixels, the first ones, they are fitted to
   */
  learn({ neighbourhoods, changes, errors }: Samples, fitWeights: Float32Array, fittedPixels: number): void {
    const { count: K } = this
    const size = this.side ** 2
    const perBlock = changes.length / (errors.length / K)
    for (let k = 0; k < K; k++) {
      const [gram, crossProducts] = [this.gram[k]!, this.crossProducts[k]!]
      for (let i = 0; i < gram.length; i++) gram[i]! *= DECAY
      for (let i = 0; i < size; i++) crossProducts[i]! *= DECAY
      const used: number[] = []
      for (let block = 0; block < fitWeights.length / K; block++)
        if (fitWeights[block * K + k]! > LEAST_FIT_WEIGHT) used.push(block)
      const n = used.length * fittedPixels
      const columns = new Float32Array(size * n)
      const pixels = Int32Array.from(
        { length: n },
        (_, j) => used[Math.floor(j / fittedPixels)]! * perBlock + (j % fittedPixels),
      )
      const roots = Float32Array.from({ length: n }, (_, j) =>
        Math.sqrt(fitWeights[used[Math.floor(j / fittedPixels)]! * K + k]!),
      )
      const targets = Float32Array.from(pixels, (pixel, j) => roots[j]! * changes[pixel]!)
      // A few neighbourhoods at a time: a column's numbers lie beside one another.
      for (let first = 0; first < n; first += 16) {
        const end = Math.min(first + 16, n)
        for (let i = 0; i < size; i++)
          for (let j = first; j < end; j++) columns[i * n + j] = roots[j]! * neighbourhoods[pixels[j]! * size + i]!
      }
      for (let i = 0; i < size; i++) {
        let sum = 0
        for (let j = 0, at = i * n; j < n; j++, at++) sum += columns[at]! * targets[j]!
        crossProducts[i]! += sum
      }
      addGram(columns, size, gram)
    }
    this.updates++
    if (this.updates % 2 === 0) this.solve()
  }

  /** The pictures that each transition's operator predicts. */
  apply(pictures: Pictures, chosen: Int32Array): Pictures {
    return predictedBy(pictures, n => this.kernel(chosen[n]!), this.radius)
  }

  /** How many pixels operator k moves a picture (down, across): its first moments. */
  moment(k: number): [number, number] {
    return momentOf(this.kernel(k), this.radius)
  }

  private kernel(k: number): Float32Array {
    return this.weights.subarray(k * this.side ** 2, (k + 1) * this.side ** 2)
  }

  /** One operator for all, and how each differs from it. */
  private solve(): void {
    const { count: K, gram, crossProducts } = this
    const size = this.side ** 2
    const totalGram = new Float64Array(size * size)
    const totalCrossProducts = new Float64Array(size)
    for (let k = 0; k < K; k++) {
      for (let i = 0; i < totalGram.length; i++) totalGram[i]! += gram[k]![i]!
      for (let i = 0; i < size; i++) totalCrossProducts[i]! += crossProducts[k]![i]!
    }
    const ridge = ridgeOf(totalGram, size, RIDGE)
    const shared = solvePositive(ridged(totalGram, size, ridge), [totalCrossProducts])[0]!
    for (let k = 0; k < K; k++) {
      const own = this.kernel(k)
      if (this.updates <= SHARED_UPDATES) {
        for (let i = 0; i < size; i++) own[i] = shared[i]! + 0.9 * own[i]!
        continue
      }
      const explained = symmetric(gram[k]!, size)
      const left = crossProducts[k]!.map((r, i) => r - dot(explained[i]!, shared))
      const difference = solvePositive(ridged(gram[k]!, size, (DEVIATION_RIDGE / K) * ridge), [left])[0]!
      for (let i = 0; i < size; i++) own[i] = shared[i]! + difference[i]!
    }
  }
}

/** The rows of the symmetric matrix with that lower triangle [D²]. */
const symmetric = (A: Float64Array, D: number): Float64Array[] =>
  Array.from({ length: D }, (_, i) => Float64Array.from({ length: D }, (_, j) => A[j <= i ? i * D + j : j * D + i]!))
