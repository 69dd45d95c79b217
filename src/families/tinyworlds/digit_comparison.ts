// The comparison of codes of finite scalar quantisation.

import { fsqDistance } from '../../model/fsq.ts'
import { IndexComparison, isDecided, type Tolerance } from '../../validation/comparison.ts'

/** A tie has every digit within tolerance of the rounding edge. The latents are those before tanh. */
export class DigitComparison extends IndexComparison {
  private readonly hasTies: boolean

  /** @param margin the least distance of the reference's digits from a rounding edge, where the bundle says it */
  constructor(
    output: string,
    private readonly digits: number,
    private readonly levels: number,
    precision: 'f32' | 'f16',
    margin?: number,
  ) {
    super(output, digits, precision)
    this.hasTies = !isDecided(margin, precision)
  }

  protected isTie(reference: number, _ours: number, latent: Float32Array, { absolute, relative }: Tolerance): boolean {
    const isCode = reference >= 0 && reference < this.levels ** this.digits
    return (
      this.hasTies && isCode && fsqDistance(latent, reference, this.levels) <= absolute + relative * (this.levels - 1)
    )
  }
}
