// Comparing outputs with a reference bundle, by the tolerances of docs/model.md §7.

/** One output of the bundle. */
export interface ComparisonRow {
  output: string
  /** How many numbers were compared. */
  count: number
  /** Largest and mean absolute error of floats. */
  worst?: number
  mean?: number
  /** Largest absolute number of a reference gradient. Errors are judged relative to it. */
  largest?: number
  /** Codes, actions or tokens that differ from the reference, and how many of them are ties within the tolerance. */
  differing?: number
  excused?: number
  holds: boolean
}

/** Allowed error of a: |a - b| ≤ `absolute` + `relative`·|b|. */
export interface Tolerance {
  absolute: number
  relative: number
}

export const TOLERANCE: Record<'f32' | 'f16', Tolerance> = {
  f32: { absolute: 1e-4, relative: 5e-4 },
  f16: { absolute: 2e-2, relative: 2e-2 },
}

/** Whether the bundle's closest decision is too clear for rounding to turn it, so that no difference is a tie. */
export const isDecided = (margin: number | undefined, precision: 'f32' | 'f16'): boolean =>
  margin !== undefined && margin > TOLERANCE[precision].absolute

export class FloatComparison {
  private worst = 0
  private sum = 0
  private count = 0
  private holds = true

  constructor(
    private readonly output: string,
    private readonly precision: 'f32' | 'f16',
  ) {}

  add(reference: Float32Array, ours: Float32Array): void {
    const { absolute, relative } = TOLERANCE[this.precision]
    reference.forEach((b, i) => {
      const error = Math.abs(ours[i]! - b)
      this.worst = Math.max(this.worst, error)
      this.sum += error
      // Written so that NaN fails.
      if (!(error <= absolute + relative * Math.abs(b))) this.holds = false
    })
    this.count += reference.length
  }

  row(): ComparisonRow {
    return {
      output: this.output,
      count: this.count,
      worst: this.worst,
      mean: this.sum / Math.max(this.count, 1),
      holds: this.holds,
    }
  }
}

/**
 * A gradient holds if no error exceeds a thousandth of the tensor's largest number. The loss may not depend on a tensor at all, as on
 * the relative position bias with a window of one frame. Its reference is then 0 up to rounding, and ours may be as large as 32-bit rounding of
 * `ofAll`, the largest number of all the component's gradients.
 */
export function gradientRow(output: string, reference: Float32Array, ours: Float32Array, ofAll: number): ComparisonRow {
  let [worst, sum] = [0, 0]
  const largest = largestOf(reference)
  reference.forEach((b, i) => {
    const error = Math.abs(ours[i]! - b)
    worst = Math.max(worst, error)
    sum += error
  })
  const holds = worst <= (largest > 1e-12 * ofAll ? 1e-3 * largest : 2 ** -23 * ofAll)
  return { output, count: reference.length, worst, mean: sum / reference.length, largest, holds }
}

/** The largest absolute number. */
export const largestOf = (values: Float32Array): number => values.reduce((a, b) => Math.max(a, Math.abs(b)), 0)

/** Counts codes that differ, and how many of them are ties. */
export abstract class IndexComparison {
  private count = 0
  private differing = 0
  private excused = 0

  constructor(
    private readonly output: string,
    private readonly width: number,
    private readonly precision: 'f32' | 'f16',
  ) {}

  /** @param latents ours, [codes, width] */
  add(reference: Int32Array, ours: Int32Array, latents: Float32Array): void {
    reference.forEach((code, row) => {
      this.count++
      if (ours[row] === code) return
      this.differing++
      const latent = latents.subarray(row * this.width, (row + 1) * this.width)
      if (this.isTie(code, ours[row]!, latent, TOLERANCE[this.precision])) this.excused++
    })
  }

  /** Whether rounding may choose the one code or the other. */
  protected abstract isTie(reference: number, ours: number, latent: Float32Array, tolerance: Tolerance): boolean

  row(): ComparisonRow {
    const { output, count, differing, excused } = this
    return { output, count, differing, excused, holds: differing === excused || this.precision === 'f16' }
  }
}

/** Codes of a codebook. A difference is a tie where the reference's inner product is within tolerance of the best. */
export class CodeComparison extends IndexComparison {
  constructor(
    output: string,
    private readonly codebook: Float32Array,
    width: number,
    precision: 'f32' | 'f16',
  ) {
    super(output, width, precision)
  }

  protected isTie(reference: number, ours: number, latent: Float32Array, { absolute, relative }: Tolerance): boolean {
    const width = latent.length
    const length = Math.max(Math.hypot(...latent), 1e-12)
    const product = (k: number) => latent.reduce((sum, v, i) => sum + v * this.codebook[k * width + i]!, 0) / length
    const best = product(ours)
    const isCode = reference >= 0 && reference * width < this.codebook.length
    return isCode && best - product(reference) <= absolute + relative * Math.abs(best)
  }
}

/**
 * Codes of N codebooks, [rows, N]. Each codebook gets the residual of the reference's codes before it. A difference is a tie where the
 * reference's score is within tolerance of the best.
 */
export class ResidualCodeComparison extends IndexComparison {
  private vectors: Float32Array = new Float32Array()

  /** @param codebook [N·K, C] */
  constructor(
    output: string,
    private readonly codebook: Float32Array,
    private readonly channels: number,
    private readonly codebooks: number,
    precision: 'f32' | 'f16',
  ) {
    super(output, channels, precision)
  }

  override add(reference: Int32Array, ours: Int32Array, latents: Float32Array): void {
    const [C, N] = [this.channels, this.codebooks]
    const size = this.codebook.length / N
    for (let row = 0; row < reference.length / N; row++) {
      let left = latents.slice(row * C, (row + 1) * C)
      for (let n = 0; n < N; n++) {
        const at = row * N + n
        this.vectors = this.codebook.subarray(n * size, (n + 1) * size)
        super.add(reference.subarray(at, at + 1), ours.subarray(at, at + 1), left)
        left = left.map((v, i) => v - this.vectors[reference[at]! * C + i]!)
      }
    }
  }

  protected isTie(reference: number, _: number, left: Float32Array, { absolute, relative }: Tolerance): boolean {
    const { channels: C, vectors } = this
    const score = (k: number) =>
      left.reduce((sum, v, i) => sum + (v - vectors[k * C + i]! / 2) * vectors[k * C + i]!, 0)
    const best = Math.max(...Array.from({ length: vectors.length / C }, (_, k) => score(k)))
    return best - score(reference) <= absolute + relative * Math.abs(best)
  }
}
