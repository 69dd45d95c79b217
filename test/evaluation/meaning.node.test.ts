// What latent actions mean, by labels: the best map, the recall of jumps, and the map from keys.
import { describe, expect, test } from 'vitest'
import { jumpRecall, jumpStarts } from '../../arcade/evaluation/jumps.ts'
import { bindKeys } from '../../arcade/evaluation/key_binding.ts'
import { majorityLabel, mapAccuracy, splitTransitions } from '../../src/evaluation/best_map.ts'

const data = (length: number, moves: number[], keys?: number[]) => ({
  clips: moves.length / (length - 1),
  length,
  frames: () => Promise.reject(new Error('not asked for')),
  moves: Int32Array.from(moves),
  ...(keys && { keys: Int32Array.from(keys) }),
})

describe('the best map', () => {
  test('is fitted on 200 transitions, or half of fewer, and tested on all others', () => {
    for (const [count, fitted] of [
      [1000, 200],
      [401, 200],
      [33, 16],
      [1, 0],
    ] as const) {
      const parts = splitTransitions(count)
      expect(parts.fitted.length).toBe(fitted)
      expect([...parts.fitted, ...parts.tested].sort((a, b) => a - b)).toEqual(
        Array.from({ length: count }, (_, i) => i),
      )
    }
  })

  test('gives each code its commonest label, and a code never seen the commonest of all', () => {
    const codes = [0, 0, 0, 1, 1, 3, 3]
    const labels = [4, 4, 1, 2, 0, 4, 4]
    expect(majorityLabel(codes, labels, [0, 1, 2, 3, 4, 5], 4)).toEqual([4, 0, 4, 4])
  })

  test('is right on what it has not seen just as often as the label follows the code', () => {
    const codes = Array.from({ length: 600 }, (_, i) => (i * 7) % 3)
    expect(
      mapAccuracy(
        codes,
        codes.map(c => 5 - c),
        3,
      ),
    ).toBe(1)
    const { tested } = splitTransitions(600)
    const corrupted = new Set(tested.slice(0, 100))
    const labels = codes.map((c, i) => (corrupted.has(i) ? 5 : c))
    expect(mapAccuracy(codes, labels, 3)).toBe(300 / 400)
    expect(mapAccuracy([1], [1], 3)).toBeNull()
  })
})

describe('jumps', () => {
  test('start where a rise begins within a clip while a jump key is down', () => {
    const moves = [4, 1, 4, 4, 3, /* clip 1 */ 4, 2, 5, 2, 4]
    expect(jumpStarts(data(6, moves))).toEqual([2, 7, 9])
    expect(jumpStarts(data(6, moves, [3, 0, 3, 3, 3, 3, 2, 2, 2, 3]))).toEqual([2, 9])
  })

  test('are recalled by codes of which more than half the fitted transitions rise, on starts not fitted', () => {
    const codes = Array.from({ length: 500 }, (_, i) => (2 * i) % 3)
    // Code 0 never rises, code 1 always, code 2 every other time and so not more than half in whatever part is fitted.
    const { fitted } = splitTransitions(500)
    const order = new Map(fitted.filter(i => codes[i] === 2).map((i, n) => [i, n]))
    const moves = codes.map((code, i) => (code === 1 || (code === 2 && (order.get(i) ?? 1) % 2 === 1) ? 4 : 1))
    const fit = new Set(fitted)
    const clip = (moves: number[]) => ({ length: 501, moves: Int32Array.from(moves) })
    const asked = jumpStarts(clip(moves)).filter(i => !fit.has(i))
    const told = asked.filter(i => codes[i] === 1).length
    expect([told > 0, told < asked.length]).toEqual([true, true])
    expect(jumpRecall(codes, clip(moves), 3)).toBe(told / asked.length)
    expect(jumpRecall(codes, clip(moves.fill(1)), 3)).toBeNull()
  })
})

describe('keys', () => {
  /** Clips of nine frames: run left, jump up, run right, jump right, stand; `codes` by what truly happened. */
  const keys = [1, 1, 3, 0, 2, 2, 5, 0]
  const moves = [0, 0, 4, 1, 2, 2, 5, 1]
  const codes = [6, 6, 3, 1, 2, 2, 4, 1]
  const times = <T>(n: number, list: T[]) => Array.from({ length: n }, () => list).flat()
  const bound = (codes: number[], moves: number[], keys?: number[]) =>
    Object.fromEntries(
      bindKeys(Int32Array.from(codes), data(9, moves, keys), 7).map(({ key, action }) => [key, action]),
    )

  test('get the latent action of what they do; keys never seen get none', () => {
    const expected = {
      ArrowLeft: 6,
      ArrowRight: 2,
      ArrowUp: 3,
      ' ': 3,
      '': 1,
      'ArrowLeft+ArrowUp': undefined,
      'ArrowRight+ArrowUp': 4,
    }
    expect(bound(times(5, codes), times(5, moves), times(5, keys))).toEqual(expected)
    expect(bound(times(5, codes), times(5, moves))).toEqual(expected)
  })

  test('are not learned from transitions in which they had no effect', () => {
    // Left is held against a wall most of the time, which looks like standing.
    const walled = { codes: [6, 1, 1, 1, 1, 1, 2, 2], moves: [0, 1, 1, 1, 1, 1, 2, 2], keys: [1, 1, 1, 1, 1, 0, 2, 2] }
    expect(bound(times(9, walled.codes), times(9, walled.moves), times(9, walled.keys)).ArrowLeft).toBe(6)
  })

  test('get a rare action of their own rather than a common one', () => {
    const rare = times(10, codes).map((code, i) => (i % 8 === 2 && i > 30 ? 2 : code))
    expect(bound(rare, times(10, moves), times(10, keys)).ArrowUp).toBe(3)
  })

  test('get none where it is no better than chance', () => {
    const chance = times(40, codes).map((_, i) => (i * 5) % 7)
    expect(Object.values(bound(chance, times(40, moves), times(40, keys)))).toEqual(Array(7).fill(undefined))
  })
})
