// Every way a safetensors file can be wrong ends in one sentence that names the file, the tensor and the numbers.

import { describe, expect, test } from 'vitest'
import { FormatError } from '../../src/weights/format_error.ts'
import {
  type ByteSource,
  bytesSource,
  hostTensor,
  joined,
  readSafetensors,
  writeSafetensors,
} from '../../src/weights/safetensors.ts'
import { entry, rawFile, unsizedSource } from '../helpers/raw_safetensors.ts'

/** What reading it says; every file is called a.safetensors. */
async function complaint(source: ByteSource): Promise<string> {
  const error = await readSafetensors(source).then(
    () => undefined,
    (e: unknown) => e,
  )
  expect(error).toBeInstanceOf(FormatError)
  return (error as FormatError).message
}

const sized = (bytes: Uint8Array) => complaint(bytesSource('a.safetensors', bytes))
const unsized = (bytes: Uint8Array) => complaint(unsizedSource('a.safetensors', bytes))

/** Two tensors, u [3] of 12 bytes and v [2, 1] of 8: a header of 112 bytes, 140 in all. */
const GOOD = joined(
  writeSafetensors({
    u: hostTensor(Float32Array.of(1, 2, 3), [3]),
    v: hostTensor(Float32Array.of(4, 5), [2, 1]),
  }),
)
const HEADER_BYTES = GOOD.byteLength - 20

test('the file that the others corrupt is good, whether its size is known or not', async () => {
  const tensors = { tensors: expect.any(Map), metadata: {} }
  expect(await readSafetensors(bytesSource('a', GOOD))).toEqual(tensors)
  expect(await readSafetensors(unsizedSource('a', GOOD))).toEqual(tensors)
})

describe('a file of another length than its header says', () => {
  test('is empty', async () => {
    const sentence = 'a.safetensors: truncated: it ends 8 bytes short of the end of the length of its header'
    expect(await sized(new Uint8Array(0))).toBe(sentence)
    expect(await unsized(new Uint8Array(0))).toBe(sentence)
  })

  test('ends within the length of its header', async () => {
    const sentence = 'a.safetensors: truncated: it ends 3 bytes short of the end of the length of its header'
    expect(await sized(GOOD.slice(0, 5))).toBe(sentence)
    expect(await unsized(GOOD.slice(0, 5))).toBe(sentence)
  })

  test('ends within its header', async () => {
    const cut = GOOD.slice(0, HEADER_BYTES - 9)
    expect(await sized(cut)).toBe(
      `a.safetensors: its header claims ${HEADER_BYTES - 8} bytes, longer than the file of ${HEADER_BYTES - 9} bytes`,
    )
    expect(await unsized(cut)).toBe('a.safetensors: truncated: it ends 9 bytes short of the end of its header')
  })

  test('ends within a tensor', async () => {
    const cut = GOOD.slice(0, GOOD.byteLength - 3)
    expect(await sized(cut)).toBe(
      `a.safetensors: truncated: its header describes ${GOOD.byteLength} bytes, it has ${GOOD.byteLength - 3}`,
    )
    expect(await unsized(cut)).toBe('a.safetensors: truncated: it ends 3 bytes short of the end of v')
  })

  test('shrinks after its size was announced', async () => {
    const source = { ...unsizedSource('a.safetensors', GOOD.slice(0, -3)), size: GOOD.byteLength }
    expect(await complaint(source)).toBe('a.safetensors: truncated: it ends 3 bytes short of the end of v')
  })

  test('has bytes past its end', async () => {
    const longer = joined([GOOD, new Uint8Array(2)])
    expect(await sized(longer)).toBe(
      `a.safetensors: spare bytes: its header describes ${GOOD.byteLength} bytes, it has ${GOOD.byteLength + 2}`,
    )
    expect(await unsized(longer)).toBe('a.safetensors: spare bytes follow its last tensor')
  })
})

describe('a header', () => {
  test.each([
    ['longer than the file', rawFile('{}', 0, 30), 'its header claims 30 bytes, longer than the file of 10 bytes'],
    [
      'of an absurd length',
      rawFile('{}', 0, 0xffff_ffff_ffff_ffffn),
      "its header claims 18446744073709552000 bytes, more than the format's 100000000",
    ],
    ['that is not JSON', rawFile('{"u": '), 'the header is not JSON'],
    ['of no bytes', rawFile(''), 'the header is not JSON'],
    ['that is not UTF-8', rawFile('{"?":1}').map(b => (b === 0x3f ? 0xff : b)), 'the header is not JSON'],
    ['that is a list', rawFile('[]'), 'the header is not a JSON object'],
    ['that is null', rawFile('null'), 'the header is not a JSON object'],
    ['with a number for a tensor', rawFile({ u: 3 }), "the header's entry for u is not an object"],
    ['with a list for metadata', rawFile({ __metadata__: [] }), '__metadata__ is not an object'],
    ['with a number in its metadata', rawFile({ __metadata__: { seed: 3 } }), '__metadata__.seed is not a string'],
  ])('%s', async (_, file, sentence) => {
    expect(await sized(file)).toBe(`a.safetensors: ${sentence}`)
  })

  test('that claims 90 MB in a stream of unknown size takes no such memory', async () => {
    expect(await unsized(rawFile('{}', 0, 90_000_000))).toBe(
      'a.safetensors: truncated: it ends 89999998 bytes short of the end of its header',
    )
  })
})

describe('a tensor', () => {
  const float = (shape: unknown, begin: unknown, end: unknown) => entry('F32', shape, begin, end)
  test.each([
    ['of an unknown type', { u: entry('F8', [2], 0, 8) }, 'u has the unknown type "F8"'],
    [
      "of a type that is a name of every object's",
      { u: entry('toString', [2], 0, 8) },
      'u has the unknown type "toString"',
    ],
    ['without a type', { u: { shape: [2], data_offsets: [0, 8] } }, 'u has the unknown type undefined'],
    [
      'without a shape',
      { u: { dtype: 'F32', data_offsets: [0, 8] } },
      'u has the shape undefined, expected a list of whole numbers',
    ],
    ['with a number for a shape', { u: float(2, 0, 8) }, 'u has the shape 2, expected a list of whole numbers'],
    ['of a negative shape', { u: float([-2, -1], 0, 8) }, 'u has the shape [-2,-1], expected a list of whole numbers'],
    [
      'of a fractional shape',
      { u: float([0.5, 4], 0, 8) },
      'u has the shape [0.5,4], expected a list of whole numbers',
    ],
    ['of a shape in words', { u: float(['2'], 0, 8) }, 'u has the shape ["2"], expected a list of whole numbers'],
    [
      'of a shape past all numbers',
      { u: float([2 ** 53], 0, 8) },
      'u has the shape [9007199254740992], expected a list of whole numbers',
    ],
    [
      'whose size overflows',
      { u: float([2 ** 40, 2 ** 40], 0, 8) },
      'u is F32 [1099511627776,1099511627776], 4.835703278458517e+24 bytes, but its offsets span 8 bytes',
    ],
    ['without offsets', { u: { dtype: 'F32', shape: [2] } }, 'u has the offsets undefined, expected [begin, end]'],
    [
      'with one offset',
      { u: { dtype: 'F32', shape: [2], data_offsets: [8] } },
      'u has the offsets [8], expected [begin, end]',
    ],
    ['with offsets backwards', { u: float([2], 8, 0) }, 'u has the offsets [8,0], expected [begin, end]'],
    ['with a negative offset', { u: float([2], -8, 0) }, 'u has the offsets [-8,0], expected [begin, end]'],
    ['with a fractional offset', { u: float([2], 0.5, 8.5) }, 'u has the offsets [0.5,8.5], expected [begin, end]'],
    ['smaller than its shape', { u: float([3], 0, 8) }, 'u is F32 [3], 12 bytes, but its offsets span 8 bytes'],
    ['larger than its shape', { u: float([1], 0, 8) }, 'u is F32 [1], 4 bytes, but its offsets span 8 bytes'],
    [
      'that overlaps another',
      { u: float([2], 0, 8), v: float([1], 4, 8) },
      'v overlaps the tensor before it: it begins at byte 4, expected 8',
    ],
    [
      'at the same place as another',
      { u: float([2], 0, 8), v: float([2], 0, 8) },
      'v overlaps the tensor before it: it begins at byte 0, expected 8',
    ],
    [
      'behind a gap',
      { u: float([1], 0, 4), v: float([0], 8, 8) },
      'v leaves a gap before it: it begins at byte 8, expected 4',
    ],
    ['behind a gap at the start', { u: float([1], 4, 8) }, 'u leaves a gap before it: it begins at byte 4, expected 0'],
  ])('%s', async (_, header, sentence) => {
    expect(await sized(rawFile(header, 8))).toBe(`a.safetensors: ${sentence}`)
    expect(await unsized(rawFile(header, 8))).toBe(`a.safetensors: ${sentence}`)
  })

  test('out of the file', async () => {
    const file = rawFile({ u: float([4], 0, 16) }, 8)
    expect(await sized(file)).toBe(
      `a.safetensors: truncated: its header describes ${file.byteLength + 8} bytes, it has ${file.byteLength}`,
    )
    expect(await unsized(file)).toBe('a.safetensors: truncated: it ends 8 bytes short of the end of u')
  })
})

test('a reader that fails releases its stream', async () => {
  for (const corrupted of [rawFile('{"u": ', 30), rawFile({ u: entry('F8', [2], 0, 8) }, 30), joined([GOOD, GOOD])]) {
    const source = unsizedSource('a.safetensors', corrupted)
    await complaint(source)
    expect(source.state.closed).toBe(true)
  }
})

test('a writer is given as many bytes as type and shape say', () => {
  expect(() => writeSafetensors({ u: { dtype: 'F32', shape: [3], data: new Uint8Array(8) } })).toThrow(
    new FormatError('u: F32 [3] takes 12 bytes, given 8'),
  )
})
