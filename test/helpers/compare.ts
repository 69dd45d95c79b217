// Compares a kernel's output with a reference. A difference is a Mismatch, distinct from every other failure, so that the mutation
// tests can require it.

import type { Precision } from '../../src/gpu/kernel.ts'

export class Mismatch extends Error {
  override name = 'Mismatch'
}

/** A number may be off by absolute + relative · |reference|. */
export interface Tolerance {
  absolute: number
  relative: number
}

/** For 32-bit sums of some hundred terms; 16-bit results are rounded once, to 11 bits. */
export const TOLERANCE: Record<Precision, Tolerance> = {
  f32: { absolute: 1e-5, relative: 1e-5 },
  f16: { absolute: 2e-3, relative: 2e-3 },
}

/** @throws Mismatch when lengths differ or a number is off by more than `tolerance`; NaN always is */
export function expectClose(
  what: string,
  got: ArrayLike<number>,
  reference: ArrayLike<number>,
  { absolute, relative }: Tolerance,
): void {
  if (got.length !== reference.length)
    throw new Mismatch(`${what} has ${got.length} numbers, the reference ${reference.length}`)
  const isOff = (b: number, i: number) => !(Math.abs(got[i]! - b) <= absolute + relative * Math.abs(b))
  const off = Array.from(reference).flatMap((b, i) => (isOff(b, i) ? [i] : []))
  const [at] = off
  if (at === undefined) return
  throw new Mismatch(
    `${what}: ${off.length} of ${got.length} numbers are off, the first at ${at}: ${got[at]}, the reference says ${reference[at]}`,
  )
}

/** @throws Mismatch when a number is not the same */
export function expectEqual(what: string, got: ArrayLike<number>, reference: ArrayLike<number>): void {
  expectClose(what, got, reference, { absolute: 0, relative: 0 })
}
