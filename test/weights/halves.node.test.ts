// 16-bit floats, all of them: widened to what IEEE 754 says, and rounded back to themselves.

import { describe, expect, test } from 'vitest'
import { toFloat32, toHalfBits } from '../../src/weights/floats.ts'
import { FormatError } from '../../src/weights/format_error.ts'

const ALL = Uint16Array.from({ length: 65536 }, (_, i) => i)
const widen = (dtype: 'F16' | 'BF16', halves: Uint16Array) =>
  toFloat32({ dtype, shape: [halves.length], data: new Uint8Array(halves.buffer) }, 'u')

/** The number a binary16 pattern stands for, from its definition. */
function halfValue(h: number): number {
  const [sign, exponent, mantissa] = [h & 0x8000 ? -1 : 1, (h >> 10) & 31, h & 1023]
  if (exponent === 31) return mantissa ? Number.NaN : sign * Number.POSITIVE_INFINITY
  return sign * (exponent ? (1 + mantissa / 1024) * 2 ** (exponent - 15) : mantissa * 2 ** -24)
}

/** The float one bit above, for a positive one. */
function nextFloat(x: number): number {
  const words = new Uint32Array(Float32Array.of(x).buffer)
  words[0]!++
  return new Float32Array(words.buffer)[0]!
}

const previousFloat = (x: number) => {
  const words = new Uint32Array(Float32Array.of(x).buffer)
  words[0]!--
  return new Float32Array(words.buffer)[0]!
}

const roundHalf = (x: number) => toHalfBits(Float32Array.of(x))[0]!

test('every F16 is widened to the number it stands for, signed zeros too', () => {
  expect(widen('F16', ALL)).toEqual(Float32Array.from(ALL, halfValue))
})

test('every F16 but NaN is rounded back to its own bits', () => {
  const isNumber = (h: number) => !Number.isNaN(halfValue(h))
  expect(toHalfBits(widen('F16', ALL)).filter((_, h) => isNumber(h))).toEqual(ALL.filter(isNumber))
})

test('every BF16 is the upper half of its F32', () => {
  const words = new Uint32Array(widen('BF16', ALL).buffer)
  expect(words).toEqual(Uint32Array.from(ALL, h => h * 65536))
})

describe('rounding to F16', () => {
  test('is to the nearest, between any two neighbours, and to the even one from the middle', () => {
    for (let h = 0; h < 0x7bff; h++) {
      const middle = (halfValue(h) + halfValue(h + 1)) / 2
      const even = h % 2 === 0 ? h : h + 1
      const rounded = [previousFloat(middle), middle, nextFloat(middle)].map(roundHalf)
      if (rounded.join() !== [h, even, h + 1].join()) expect(rounded, `around ${middle}`).toEqual([h, even, h + 1])
      if (roundHalf(-middle) !== (even | 0x8000)) expect(roundHalf(-middle)).toBe(even | 0x8000)
    }
  })

  test('gives infinity from 65520 on, the largest number below', () => {
    expect([previousFloat(65520), 65520, 1e30, Number.POSITIVE_INFINITY].map(roundHalf)).toEqual([
      0x7bff, 0x7c00, 0x7c00, 0x7c00,
    ])
    expect([-65504, -65520].map(roundHalf)).toEqual([0xfbff, 0xfc00])
  })

  test('keeps NaN and the sign of zero', () => {
    expect(halfValue(roundHalf(Number.NaN))).toBeNaN()
    expect([0, -0, 1e-30, -1e-30].map(roundHalf)).toEqual([0, 0x8000, 0, 0x8000])
  })
})

test('integers are no floats', () => {
  const t = { dtype: 'I32' as const, shape: [1], data: new Uint8Array(4) }
  expect(() => toFloat32(t, 'u')).toThrow(new FormatError('u is I32, expected F32, F16 or BF16'))
})
