// A recording as a link: what comes out is what went in, it is short, and a hostile text is one sentence.

import { expect, test } from 'vitest'
import { ArgumentError } from '../../src/gpu/errors.ts'
import { FormatError } from '../../src/weights/format_error.ts'
import { BitWriter } from '../../src/world/bit_stream.ts'
import { decodeRecording, encodeRecording, type Recording } from '../../src/world/recording.ts'

const SAMPLING = { seed: 0xffffffff, steps: 4, temperature: 0.2, choice_temperature: 3, guidance: -0.1 }
const RECORDING: Recording = {
  model: 'plätformer',
  codes: 19,
  prompt: Int32Array.from({ length: 24 }, (_, i) => (7 * i) % 19),
  played: [
    { sampling: SAMPLING, actions: [0, 0, 0, 4, 4, 1, 0] },
    { sampling: { ...SAMPLING, seed: 3 }, actions: Array<number>(300).fill(2) },
  ],
}

test('comes out as it went in, of characters that a fragment may hold', () => {
  const text = encodeRecording(RECORDING)
  expect(text).toMatch(/^[\w-]+$/)
  expect(decodeRecording(text)).toEqual(RECORDING)
})

test.each([1, 2, 19, 512, 513])('of a model of %d codes, the last one included', codes => {
  const recording = { ...RECORDING, codes, prompt: Int32Array.of(codes - 1, 0) }
  expect(decodeRecording(encodeRecording(recording))).toEqual(recording)
})

test('a minute of play by 20 presses of 64 tokens among 512 codes is at most 300 characters', () => {
  const actions = Array.from({ length: 600 }, (_, i) => Math.floor(i / 30) % 6)
  const recording = {
    ...RECORDING,
    codes: 512,
    prompt: new Int32Array(64).fill(511),
    played: [{ sampling: SAMPLING, actions }],
  }
  expect(encodeRecording(recording).length).toBeLessThanOrEqual(300)
})

test('longer than a link may be is refused', () => {
  const played = [{ sampling: SAMPLING, actions: Array<number>(32769).fill(0) }]
  expect(() => encodeRecording({ ...RECORDING, played })).toThrow(
    new ArgumentError('the recording has 32769 frames, a link holds at most 32768'),
  )
})

test('every cut of a link is refused, and so is what is longer', () => {
  const text = encodeRecording(RECORDING)
  for (let length = 0; length < text.length; length++)
    expect(() => decodeRecording(text.slice(0, length)), `${length} characters`).toThrow(FormatError)
  expect(() => decodeRecording(`${text}AA`)).toThrow(new FormatError('the link has extra data after the recording'))
})

test('any change of one character gives a recording or one sentence, at once', () => {
  const text = encodeRecording(RECORDING)
  for (let at = 0; at < text.length; at++)
    for (const character of 'A_9q') {
      const changed = text.slice(0, at) + character + text.slice(at + 1)
      try {
        expect(decodeRecording(changed).played.flatMap(({ actions }) => actions).length).toBeLessThanOrEqual(32768)
      } catch (error) {
        expect(error).toBeInstanceOf(FormatError)
      }
    }
})

test.each([
  ['of another version', 'Aw', 'the link is of version 3, this engine reads 1 and 2'],
  ['with a character of no link', 'AQ=', 'the link has an unexpected character: "="'],
  ['of endless length', 'A'.repeat(200_000), 'the link has 200000 characters, a recording has at most 131072'],
])('%s', (_, text, sentence) => {
  expect(() => decodeRecording(text)).toThrow(new FormatError(sentence))
})

test('a run that claims four thousand million frames takes no memory', () => {
  const out = new BitWriter()
  for (const [value, width] of [
    [1, 8],
    [0, 8],
  ] as const)
    out.bits(value, width)
  for (const count of [2, 0, 1, 0, 1]) out.count(count) // codes, prompt, spans, seed, steps
  for (const value of [1, 1, 1]) out.float(value)
  for (const count of [1, 0, 0xffffffff]) out.count(count) // runs, action, length
  expect(() => decodeRecording(out.text())).toThrow(new FormatError('the link claims more than 32768 frames'))
})

test('a sampling that decodes nothing is refused', () => {
  const played = [{ sampling: { ...SAMPLING, temperature: Number.NaN }, actions: [0] }]
  expect(() => decodeRecording(encodeRecording({ ...RECORDING, played }))).toThrow(
    new FormatError('the link: sampling.temperature is NaN, expected a number of 0 … 1000'),
  )
})
