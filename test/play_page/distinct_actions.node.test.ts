// Latent actions that do the same are one for the player.

import { expect, test } from 'vitest'
import { KeyMap } from '../../src/input/key_map.ts'
import { descriptionOf, distinctActions } from '../../src/ui/distinct_actions.ts'

test('without words every latent action is listed, undescribed', () => {
  const distinct = distinctActions(3)
  expect(distinct.map(({ action, same }) => [action, same])).toEqual([
    [0, []],
    [1, []],
    [2, []],
  ])
  expect(distinct.map(descriptionOf)).toEqual(['', '', ''])
})

test('an action with the words `like N` is merged into action N, whose entry lists it', () => {
  const words = ['still', 'goes left, 2.0 px', 'like 0', 'like 1', 'falls, 1.0 px', 'like 1', 'like 1']
  expect(distinctActions(7, words).map(distinct => [distinct.action, descriptionOf(distinct)])).toEqual([
    [0, 'still; 2 does the same'],
    [1, 'goes left, 2.0 px; 3, 5 and 6 do the same'],
    [4, 'falls, 1.0 px'],
  ])
})

test('`like N` without an earlier action N stays an action of its own', () => {
  const distinct = distinctActions(4, ['like 0', 'like 3', 'like 1', 'like 9'])
  expect(distinct.flatMap(({ action, same }) => [action, ...same])).toEqual([0, 1, 2, 3])
  expect(distinctActions(2, ['like 1', 'like 0'])).toHaveLength(1)
})

test('actions are listed by what they do: still, left, right, up, down, and both; the rest last', () => {
  const words = [
    'goes a little, 0.3 px',
    'goes right and falls, 2.0 px',
    'scrolls down, 1.0 px',
    'rises, 2.0 px',
    'scrolls left and rises, 3.0 px',
    'goes right, 1.0 px',
    'scrolls left, 2.0 px',
    'still',
    'upright', // a person's word
  ]
  expect(distinctActions(9, words).map(({ action }) => action)).toEqual([7, 6, 5, 3, 2, 4, 1, 0, 8])
})

test('the keys of several actions are named together, each once', () => {
  const map = new KeyMap(4, { '': 0, ArrowLeft: 1, x: 3, ArrowRight: 2 })
  expect([map.label(1), map.label(1, 3), map.label(0, 1, 3)]).toEqual(['←', '← x', 'no key ← x'])
})
