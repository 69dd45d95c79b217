// Generators of small motions, like the generators of a Lie group: kernels [D, D], multiplied by real coefficients per transition. Small coefficients move the
// picture a little. Least squares fit the coefficients to a transition, and the kernels to all transitions.

import { addGram, dot, ridged, ridgeOf, solvePositive } from '../linear_algebra.ts'
import {
  CHARBONNIER_SCALE,
  changesOf,
  charbonnier,
  filteredBy,
  momentOf,
  neighbourhoodsOf,
  type Pictures,
  type Pixels,
  valuesOf,
} from './pictures.ts'

const [DECAY, RIDGE] = [0.95, 1e-3]
/** Rounds of iteratively reweighted least squares for the coefficients: blocks of large residuals count less. */
const ROUNDS = 2
/** The largest coefficient from which a kernel is learnt, coefficients having a root mean square of 1. */
const LARGEST = 3

/** The changes that the generators predict, and the true ones at the sampled pixels. */
interface GeneratorSamples {
  filtered: Pictures[] // [R]: the change that each generator predicts, of all pixels
  parts: Float32Array[] // [R] [N, M, P]: the same at the pixels
  changes: Float32Array // [N, M, P]
  perBlock: number // P
}

interface Coefficients {
  coefficients: Float32Array // [N, R]
  fitWeights: Float32Array // [N, M]: what each block counted in the fit
}

export class Generators {
  readonly side: number
  private readonly gram: Float64Array // [RD², RD²], lower triangle
  private readonly crossProducts: Float64Array // [RD²]

  /** @param weights [R, D²] */
  constructor(
    readonly count: number,
    readonly radius: number,
    readonly weights: Float32Array<ArrayBuffer>,
  ) {
    this.side = 2 * radius + 1
    this.gram = new Float64Array(weights.length ** 2)
    this.crossProducts = new Float64Array(weights.length)
  }

  /** What they are fitted to: with the weights, all that they have learnt. */
  get sums(): readonly Float64Array[] {
    return [this.gram, this.crossProducts]
  }

  /** Generators of noise that change nothing in a picture of one colour. */
  static random(count: number, radius: number, normal: () => number): Generators {
    const side = 2 * radius + 1
    const kernels = Array.from({ length: count }, () => {
      const noise = Array.from({ length: side ** 2 }, () => (0.3 / side) * normal())
      const mean = noise.reduce((a, b) => a + b, 0) / noise.length
      return noise.map(v => v - mean)
    })
    return new Generators(count, radius, Float32Array.from(kernels.flat()))
  }

  samples(before: Pictures, after: Pictures, pixels: Pixels): GeneratorSamples {
    const filtered = Array.from({ length: this.count }, (_, r) => filteredBy(before, this.kernel(r), this.radius))
    return {
      filtered,
      parts: filtered.map(pictures => valuesOf(pictures, pixels)),
      changes: changesOf(before, after, pixels),
      perBlock: pixels.perBlock,
    }
  }

  /** The coefficients that explain each transition, by least squares weighted by the blocks' weights [N, M]. */
  coefficientsOf({ parts, changes, perBlock }: GeneratorSamples, weights: Float32Array, N: number): Coefficients {
    const { count: R } = this
    const perPicture = changes.length / N
    const coefficients = new Float32Array(N * R)
    let fitWeights = Float32Array.from(weights)
    for (let round = 0; round < ROUNDS; round++) {
      const residuals = Float32Array.from(changes)
      for (let n = 0; n < N; n++) {
        const [first, end] = [n * perPicture, (n + 1) * perPicture]
        const gram = Array.from({ length: R }, () => new Float64Array(R))
        const crossProducts = new Float64Array(R)
        for (const [r, part] of parts.entries()) {
          crossProducts[r] = weightedProduct(part, changes, fitWeights, perBlock, first, end)
          for (let s = 0; s <= r; s++) gram[r]![s] = weightedProduct(part, parts[s]!, fitWeights, perBlock, first, end)
        }
        const ridge = (1e-3 * gram.reduce((sum, row, r) => sum + row[r]!, 0)) / R + 1e-6
        for (const [r, row] of gram.entries()) row[r]! += ridge
        coefficients.set(solvePositive(gram, [crossProducts])[0]!, n * R)
        for (const [r, part] of parts.entries())
          for (let i = first; i < end; i++) residuals[i]! -= part[i]! * coefficients[n * R + r]!
      }
      fitWeights = charbonnier(residuals, perBlock).map((e, block) => weights[block]! / (e + CHARBONNIER_SCALE))
    }
    return { coefficients, fitWeights }
  }

  /** Fits the generators to a batch of pictures. Earlier batches count less and less. */
  learn(
    before: Pictures,
    pixels: Pixels,
    { changes, perBlock }: GeneratorSamples,
    { coefficients, fitWeights }: Coefficients,
  ): void {
    const { count: R, gram, crossProducts, weights } = this
    const neighbourhoods = neighbourhoodsOf(before, pixels, this.radius)
    const [size, D] = [this.side ** 2, weights.length]
    const N = coefficients.length / R
    const perPicture = changes.length / N
    const scale = Array.from({ length: R }, (_, r) => {
      let square = 0
      for (let n = 0; n < N; n++) square += coefficients[n * R + r]! ** 2 / N
      return Math.sqrt(square) + 1e-6
    })
    const coefficientsOf = (n: number) =>
      scale.map((s, r) => Math.min(Math.max(coefficients[n * R + r]! / s, -LARGEST), LARGEST))
    for (let i = 0; i < gram.length; i++) gram[i]! *= DECAY
    for (let i = 0; i < D; i++) crossProducts[i]! *= DECAY
    const columns = new Float32Array(size * perPicture)
    for (let n = 0; n < N; n++) {
      const first = n * perPicture
      const ownCrossProducts = new Float64Array(size)
      for (let j = 0; j < perPicture; j++) {
        const root = Math.sqrt(fitWeights[Math.floor((first + j) / perBlock)]!)
        for (let i = 0; i < size; i++) {
          const weighted = root * neighbourhoods[(first + j) * size + i]!
          columns[i * perPicture + j] = weighted
          ownCrossProducts[i]! += weighted * root * changes[first + j]!
        }
      }
      const ownGram = new Float64Array(size * size)
      addGram(columns, size, ownGram)
      const taken = coefficientsOf(n)
      for (let row = 0; row < D; row++) {
        const [r, i] = [Math.floor(row / size), row % size]
        crossProducts[row]! += taken[r]! * ownCrossProducts[i]!
        for (let column = 0; column <= row; column++) {
          const [s, j] = [Math.floor(column / size), column % size]
          gram[row * D + column]! += taken[r]! * taken[s]! * ownGram[j <= i ? i * size + j : j * size + i]!
        }
      }
    }
    weights.set(solvePositive(ridged(gram, D, ridgeOf(gram, D, RIDGE)), [crossProducts])[0]!)
  }

  /** Coefficients [N, R], shortened where their moment is more than a pixel. */
  atMostAPixel(coefficients: Float32Array): Float32Array {
    const { count: R } = this
    const moments = Array.from({ length: R }, (_, r) => this.moment(r))
    return coefficients.map((coefficient, i) => {
      const own = coefficients.subarray(i - (i % R), i - (i % R) + R)
      const along = [0, 1].map(axis =>
        Math.abs(
          dot(
            own,
            moments.map(m => m[axis]!),
          ),
        ),
      )
      return coefficient / Math.max(1, ...along)
    })
  }

  /** The pictures that coefficients [N, R] of the generators' changes predict. */
  apply(
    { values, count, height, width }: Pictures,
    { filtered }: GeneratorSamples,
    coefficients: Float32Array,
  ): Pictures {
    const predicted = Float32Array.from(values)
    const size = height * width
    for (const [r, part] of filtered.entries())
      for (let n = 0; n < count; n++)
        for (let i = n * size; i < (n + 1) * size; i++)
          predicted[i]! += coefficients[n * this.count + r]! * part.values[i]!
    return { values: predicted, count, height, width }
  }

  /** The first moments (down, across) of generator r. */
  moment(r: number): [number, number] {
    return momentOf(this.kernel(r), this.radius)
  }

  private kernel(r: number): Float32Array {
    return this.weights.subarray(r * this.side ** 2, (r + 1) * this.side ** 2)
  }
}

/** Σ fit weight · a · b over the pixels first … end. */
function weightedProduct(
  a: Float32Array,
  b: Float32Array,
  fitWeights: Float32Array,
  perBlock: number,
  first: number,
  end: number,
): number {
  let total = 0
  for (let i = first, block = first / perBlock; i < end; block++) {
    let sum = 0
    for (const last = i + perBlock; i < last; i++) sum += a[i]! * b[i]!
    total += fitWeights[block]! * sum
  }
  return total
}
