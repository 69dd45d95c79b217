// Which differences from a tinyworlds bundle are ties.

import { expect, test } from 'vitest'
import { DigitComparison } from '../../src/families/tinyworlds/digit_comparison.ts'

test.each([
  ['without a margin, near a rounding edge', 1e-4, undefined, 'f32', true],
  ['without a margin, far from an edge', 0.01, undefined, 'f32', false],
  ['with a margin below the float error', 1e-4, 5e-5, 'f32', true],
  ['with a margin above the float error', 1e-4, 1e-3, 'f32', false],
  ['with that margin in 16-bit floats', 1e-4, 1e-3, 'f16', true],
] as const)('%s', (_, distance, margin, precision, isTie) => {
  // With three levels, u = tanh(z) + 1, and codes 1 and 2 meet at u = 1.5.
  const latent = Float32Array.of(Math.atanh(0.5 + distance))
  const comparison = new DigitComparison('out.codes', 1, 3, precision, margin)
  comparison.add(Int32Array.of(1), Int32Array.of(2), latent)
  expect(comparison.row()).toMatchObject({ differing: 1, excused: isTie ? 1 : 0 })
})
