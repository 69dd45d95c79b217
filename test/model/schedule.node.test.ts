// How many positions of a frame stay masked after each step, and how much noise their confidence gets: model.md §5.
import { expect, test } from 'vitest'
import { samplingSchedule } from '../../src/model/maskgit_decoder.ts'

const sampling = { steps: 8, temperature: 0.9, choice_temperature: 3, guidance: 2 }
const remaining = (N: number, steps: number) => samplingSchedule(N, { ...sampling, steps }).map(s => s.maskedAfter)

test('64 positions in 8 steps: ⌊64 · cos(π/2 · (s+1)/8)⌋ stay masked, at the last step none', () => {
  expect(remaining(64, 8)).toEqual([62, 59, 53, 45, 35, 24, 12, 0])
})

test('every step unmasks at least one position', () => {
  expect(remaining(35, 50).slice(0, 8)).toEqual([34, 33, 32, 31, 30, 29, 28, 27])
  for (const [N, steps] of [
    [35, 50],
    [7, 8],
    [97, 3],
  ] as const) {
    const before = [N, ...remaining(N, steps)]
    before.slice(1).forEach((masked, s) => {
      const formula = Math.floor(N * Math.cos(((Math.PI / 2) * (s + 1)) / steps))
      expect(masked).toBe(s === steps - 1 ? 0 : Math.min(before[s]! - 1, formula))
    })
    expect(before.at(-1)).toBe(0)
  }
})

test('decoding ends when nothing is masked any more', () => {
  expect(remaining(1, 25)).toEqual([0])
  expect(remaining(3, 25)).toEqual([2, 1, 0])
})

test('one step unmasks all', () => {
  expect(remaining(35, 1)).toEqual([0])
})

test('noise falls from step to step to none; temperature and guidance stay', () => {
  const steps = samplingSchedule(64, { ...sampling, steps: 4 })
  expect(steps.map(s => s.choiceNoise)).toEqual([3 * 0.75, 3 * 0.5, 3 * 0.25, 0])
  for (const step of steps) expect(step).toMatchObject({ temperature: 0.9, guidance: 2 })
})

test('settings with which no frame can be decoded are refused by name', () => {
  expect(() => remaining(35, 0)).toThrow(/steps is 0/)
  expect(() => remaining(35, 2.5)).toThrow(/steps is 2.5/)
  expect(() => samplingSchedule(35, { ...sampling, temperature: -1 })).toThrow(/sampling.temperature is -1/)
  expect(() => samplingSchedule(35, { ...sampling, choice_temperature: Number.NaN })).toThrow(
    /choice_temperature is NaN/,
  )
})
