// What latent actions do, in words, and the keys that they get: from motions as `measureEffects` measures them.

import { expect, test } from 'vitest'
import { effectsOf, motionThrough } from '../../src/evaluation/code_effects.ts'
import { adviceOn, collapsedCode } from '../../src/evaluation/health.ts'
import { chooseKeys, wordsFor } from '../../src/evaluation/key_choice.ts'
import { likeIn } from '../../src/input/action_words.ts'
import { randomNumbers } from '../helpers/random_model.ts'

const MOVES: [x: number, up: number, isView: boolean][] = [
  [-3, 0, true], // 0: the view goes left
  [0, 0, false], // 1: still
  [3.1, 0, true], // 2
  [0, 2, false], // 3: the character rises
  [3, 0, true], // 4: as 2
  [3, 2, true], // 5
  [0, -2, false], // 6
]
const CHANGES = [9, 1, 9, 4, 9, 10, 4]
const motions = MOVES.map(([x, up, isView]) => Array.from({ length: 12 }, () => ({ x, up, isView })))
const differences = MOVES.map((_, a) => MOVES.map((_, b) => (a === 4 && b === 2 ? 0.01 : 1)))
const effects = effectsOf(motions, CHANGES, differences)

test('every action has words, and one that does the same as another says so', () => {
  expect(effects.map(wordsFor)).toEqual([
    'scrolls left, 3.0 px',
    'still',
    'scrolls right, 3.1 px',
    'rises, 2.0 px',
    'like 2',
    'scrolls right and rises, 3.6 px',
    'falls, 2.0 px',
  ])
  expect(effects.map(effect => likeIn(wordsFor(effect)))).toEqual(effects.map(({ like }) => like))
  expect(effects.every(({ certainty }) => certainty === 1)).toBe(true)
})

test('keys go to the actions that fit, no key to the one that changes least', () => {
  expect(chooseKeys(effects)).toEqual({
    ArrowLeft: 0,
    ArrowRight: 2,
    ArrowUp: 3,
    ' ': 3,
    ArrowDown: 6,
    'ArrowRight+ArrowUp': 5,
    '': 1,
  })
})

test('an action that moves one way from few of the starting points gets no arrow', () => {
  const ways = [
    { x: 2, up: 0, isView: false },
    { x: -5, up: 0, isView: false },
    { x: 2, up: 9, isView: false },
    { x: 2, up: -9, isView: false },
  ]
  const unsure = effectsOf([Array.from({ length: 12 }, (_, i) => ways[i % 4]!), motions[1]!], [5, 1], [[0], [1, 0]])
  expect(unsure[0]).toMatchObject({ x: 2, up: 0, certainty: 0.25 })
  expect(chooseKeys(unsure)).toEqual({ '': 1 })
})

/** Four frames [32, 48, 3] of a scenery that moves by `view` pixels per frame to the right, with noise of its own in each, and of a box before it that moves by `box`. */
function framesOf(view: number, box: number, noise: number) {
  const [height, width] = [32, 48]
  const random = randomNumbers(3)
  const scenery = Array.from({ length: height * width }, random)
  return Array.from({ length: 4 }, (_, t) =>
    Float32Array.from({ length: height * width * 3 }, (_, i) => {
      const [y, x] = [Math.floor(i / 3 / width), Math.floor(i / 3) % width]
      const isBox = y >= 8 && y < 20 && x >= 12 + box * t && x < 24 + box * t
      const behind = 0.3 + 0.4 * scenery[(y >> 1) * width + ((x - view * t + width) % width)]!
      return (isBox ? scenery[y * width + x - box * t]! : behind) + noise * (random() - 0.5)
    }),
  )
}

test.each([
  ['scenery that scrolls right', 2, 0, 0, { x: -2, up: 0, isView: true }],
  ['the same with noise that hides it from single blocks', 2, 0, 0.4, { x: -2, up: 0, isView: true }],
  ['a box that moves before a scenery', 0, 3, 0, { x: 3, up: 0, isView: false }],
  ['noise alone', 0, 0, 0.4, { x: 0, up: 0, isView: false }],
])('%s', (_, view, box, noise, motion) => {
  const found = motionThrough(framesOf(view, box, noise), 32, 48)
  expect({ x: found.x + 0, up: found.up + 0, isView: found.isView }).toEqual(motion)
})

test('health says what has collapsed and what to do, and nothing where nothing has', () => {
  expect(collapsedCode([0.96, 0.04])).toBe(0)
  expect(collapsedCode([0.5, 0.5])).toBeUndefined()
  expect(adviceOn({ codeShares: [0.5, 0.5], gainOverMean: 2, swapEffect: 0.8, actionFidelity: 0.9 }, 2)).toEqual([])
  const advice = adviceOn({ codeShares: [0.04, 0.96], gainOverMean: 0, swapEffect: 0.05, actionFidelity: 0.13 }, 8)
  expect(advice).toHaveLength(4)
  const taken = (restarts: number, startsOver: boolean) =>
    adviceOn({ codeShares: [0.04, 0.96] }, 8, { restarts, startsOver })
  expect(advice[0]).toBe('code 1 has 96 % of all transitions: record a video in which more happens')
  expect(taken(1, true)).toEqual(['code 1 has 96 % of all transitions'])
  expect(taken(2, false)).toEqual([
    'code 1 has 96 % of all transitions, even after 2 restarts: record a video in which more happens',
  ])
})
