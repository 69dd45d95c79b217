// The numbers that frames and codes are judged by, against values worked out by hand and against other formulas.
import { describe, expect, test } from 'vitest'
import {
  crossEntropy,
  perplexity,
  psnr,
  squaredError,
  standardError,
  unitValues,
} from '../../src/evaluation/metrics.ts'
import { ssim } from '../../src/evaluation/ssim.ts'
import { counts, mutualInformation } from '../../src/statistics.ts'
import { randomNumbers } from '../helpers/random_model.ts'

const below = (random: () => number, n: number) => Math.floor(((random() + 1) / 2) * n)

describe('PSNR', () => {
  test('is 20 dB for an error of a tenth everywhere, and 100 dB for none', () => {
    expect(psnr(squaredError([0.1, 0.5, 0.9], [0.2, 0.4, 1]))).toBeCloseTo(20, 9)
    expect(psnr(squaredError([0.1, 0.5], [0.1, 0.5]))).toBe(100)
  })

  test('takes bytes as 0 … 1', () => {
    expect([...unitValues(Uint8Array.of(0, 51, 255))]).toEqual([0, Math.fround(0.2), 1])
  })
})

test('the standard error is the deviation over √n, and unknown for one value', () => {
  expect(standardError([1, 3, 5, 7])).toBeCloseTo(Math.sqrt(20 / 3 / 4), 12)
  expect(standardError([3])).toBeNull()
})

test('perplexity is the number of codes where all are as frequent, and less where not', () => {
  expect(perplexity([5, 0, 5, 5, 5])).toBeCloseTo(4, 12)
  expect(perplexity([9, 0])).toBe(1)
  expect(perplexity([3, 1])).toBeCloseTo(4 / 3 ** 0.75, 12)
})

describe('mutual information', () => {
  test('is 1 bit for two equal fair coins, and 0 for two independent ones', () => {
    expect(mutualInformation([0, 1, 0, 1], [1, 0, 1, 0])).toBeCloseTo(1, 12)
    expect(mutualInformation([0, 0, 1, 1], [0, 1, 0, 1])).toBe(0)
  })

  test('is H(a) + H(b) − H(a, b)', () => {
    const random = randomNumbers(3)
    const a = Array.from({ length: 333 }, () => below(random, 5))
    const b = a.map(x => (below(random, 3) === 0 ? below(random, 7) : x))
    const bits = (values: number[], n: number) => Math.log2(perplexity(counts(values, n)))
    const both = a.map((x, i) => 7 * x + b[i]!)
    expect(mutualInformation(a, b)).toBeCloseTo(bits(a, 5) + bits(b, 7) - bits(both, 35), 9)
  })
})

test('cross-entropy is ln K for equal logits, −ln p for others, and large logits do not overflow', () => {
  expect(crossEntropy([2, 2, 2, 2, 2], 3)).toBeCloseTo(Math.log(5), 12)
  expect(crossEntropy([0, Math.log(3)], 1)).toBeCloseTo(-Math.log(0.75), 12)
  expect(crossEntropy([1000, 0], 1)).toBeCloseTo(1000, 9)
})

describe('SSIM', () => {
  const random = randomNumbers(5)
  const picture = (height: number, width: number) =>
    Float32Array.from({ length: 3 * height * width }, () => (random() + 1) / 2)

  test('is 1 for equal pictures, and for two flat ones what their means give', () => {
    const a = picture(13, 17)
    expect(ssim(a, a, 13, 17)).toBeCloseTo(1, 12)
    const flat = (value: number) => new Float64Array(3 * 12 * 15).fill(value)
    expect(ssim(flat(0.2), flat(0.6), 12, 15)).toBeCloseTo((0.24 + 1e-4) / (0.4 + 1e-4), 9)
  })

  test.each([
    [13, 17, 11],
    [6, 40, 5],
  ])('of %i × %i pixels is the formula at every place of an %i pixels wide window', (height, width, side) => {
    const a = picture(height, width)
    const b = a.map(v => 0.7 * v + 0.15 * (random() + 1))
    expect(ssim(a, b, height, width)).toBeCloseTo(plainSsim(a, b, height, width, side), 9)
  })
})

/** Place by place and channel by channel, with the variances as means of squared deviations. */
function plainSsim(a: Float32Array, b: Float32Array, height: number, width: number, side: number): number {
  const weights: number[] = []
  for (let y = 0; y < side; y++)
    for (let x = 0; x < side; x++)
      weights.push(Math.exp(-((y - (side - 1) / 2) ** 2 + (x - (side - 1) / 2) ** 2) / (2 * 1.5 ** 2)))
  const total = weights.reduce((s, w) => s + w, 0)
  const values: number[] = []
  for (let c = 0; c < 3; c++)
    for (let top = 0; top + side <= height; top++)
      for (let left = 0; left + side <= width; left++) {
        const places = weights.map((w, i) => ({
          w: w / total,
          at: 3 * ((top + Math.floor(i / side)) * width + left + (i % side)) + c,
        }))
        const sum = (of: (at: number) => number) => places.reduce((s, { w, at }) => s + w * of(at), 0)
        const [ma, mb] = [sum(at => a[at]!), sum(at => b[at]!)]
        const [va, vb] = [sum(at => (a[at]! - ma) ** 2), sum(at => (b[at]! - mb) ** 2)]
        const cov = sum(at => (a[at]! - ma) * (b[at]! - mb))
        values.push(((2 * ma * mb + 1e-4) * (2 * cov + 9e-4)) / ((ma * ma + mb * mb + 1e-4) * (va + vb + 9e-4)))
      }
  return values.reduce((s, v) => s + v, 0) / values.length
}
