// How far a picture pans, what the arcade's player did in it, and whether actions decide that.
import { describe, expect, test } from 'vitest'
import { findCharacters } from '../../arcade/evaluation/character_finder.ts'
import { Game } from '../../arcade/game/game.ts'
import { STILLS } from '../../arcade/game/stills.ts'
import { unitValues } from '../../src/evaluation/metrics.ts'
import { consistencyOf, type Motion, motionOf, panOf } from '../../src/evaluation/motion.ts'
import { randomNumbers } from '../helpers/random_model.ts'

describe('a pan', () => {
  test.each([
    [0, 0],
    [-4, 0],
    [7, 0],
    [3, -2],
    [0, 5],
  ])('by %i, %i is found in a picture of 21 × 33', (x, y) => {
    const [height, width, margin] = [21, 33, 8]
    const random = randomNumbers(2)
    const large = Array.from({ length: (height + 2 * margin) * (width + 2 * margin) * 3 }, random)
    const cut = (dx: number, dy: number) =>
      Array.from({ length: height * width * 3 }, (_, i) => {
        const [row, column] = [Math.floor(i / 3 / width), Math.floor(i / 3) % width]
        return large[3 * ((row + margin - dy) * (width + 2 * margin) + column + margin - dx) + (i % 3)]!
      })
    expect(panOf(cut(0, 0), cut(x, y), height, width)).toMatchObject({ x, y })
  })
})

describe('what the player did', () => {
  /** The real game's frames under actions: 0 none, 1 left, 2 right, 3 jump, 5 right and jump. */
  const play = (actions: number[]) => {
    const game = new Game(STILLS[0]!.seed, { start: STILLS[0]!.start })
    const frame = () => {
      const rgb = new Uint8Array(64 * 64 * 3)
      game.render(rgb)
      return unitValues(rgb)
    }
    const frames = [frame()]
    for (const action of actions) {
      game.step(action)
      frames.push(frame())
    }
    return motionOf(frames, 64, 64, findCharacters)
  }

  test.each([
    ['standing', [0, 0, 0], { x: 0, rise: 0 }],
    ['three frames to the right', [2, 2, 2], { x: 12, rise: 0 }],
    ['right and back to the left', [2, 2, 1], { x: 4, rise: 0 }],
    ['a jump on the spot', [3, 0, 0, 0], { x: 0, rise: 20 }],
    ['a jump to the right', [5, 2, 2, 2], { x: 16, rise: 20 }],
  ])('%s', (_, actions, motion) => {
    expect(play(actions)).toEqual(motion)
  })

  test('in a picture without a character is what a camera that follows would show', () => {
    const random = randomNumbers(8)
    const texture = Float32Array.from({ length: 16 * 40 * 3 }, random)
    const cut = (from: number) =>
      Float32Array.from({ length: 16 * 24 * 3 }, (_, i) => {
        const [row, column] = [Math.floor(i / 3 / 24), Math.floor(i / 3) % 24]
        return texture[3 * (row * 40 + column + from) + (i % 3)]!
      })
    expect(motionOf([cut(0), cut(3), cut(5)], 16, 24)).toEqual({ x: 5, rise: 0 })
  })
})

describe('consistency', () => {
  const at = (x: number, rise = 0): Motion => ({ x, rise })

  test('is 1 where each action is one motion from every prompt', () => {
    expect(
      consistencyOf([
        [at(-16), at(-16)],
        [at(16), at(16)],
        [at(0, 20), at(0, 20)],
      ]),
    ).toBe(1)
  })

  test('is 0 where every action is the same, or nothing ever moves', () => {
    expect(
      consistencyOf([
        [at(8), at(-8), at(4)],
        [at(8), at(-8), at(4)],
      ]),
    ).toBe(0)
    expect(
      consistencyOf([
        [at(0), at(0)],
        [at(0), at(0)],
      ]),
    ).toBe(0)
  })

  test('is 1 less the variance within an action as a share of all', () => {
    // Within: ((4 + 4) + 0) / 2 = 4, over all: (36 + 4 + 16 + 16 + … ) by hand: x of 4, 8, −4, −4 has mean 1.
    const total = (3 ** 2 + 7 ** 2 + 5 ** 2 + 5 ** 2) / 3
    expect(
      consistencyOf([
        [at(4), at(8)],
        [at(-4), at(-4)],
      ]),
    ).toBeCloseTo(1 - 4 / total, 12)
  })

  test('is unknown for one prompt', () => {
    expect(consistencyOf([[at(1)], [at(2)]])).toBeNull()
  })
})
