// What the keys ask of a world: raw latent actions by digit, and the names that a world's config.json gives.

import { expect, test } from 'vitest'
import { KeyMap } from '../../src/input/key_map.ts'

const KEYS = { '': 1, ArrowLeft: 0, ArrowRight: 2, ArrowUp: 4, 'ArrowRight+ArrowUp': 5 }

test('without names only the digits below the number of actions mean something', () => {
  const map = new KeyMap(6)
  expect(['0', '5', '6', 'ArrowLeft', 'a', ' '].map(key => map.name(key))).toEqual(['0', '5', ...Array(4)])
  expect(map.take()).toBe(0)
  map.press('5')
  expect(map.take()).toBe(5)
})

test('named keys, their aliases and the digits live side by side', () => {
  const map = new KeyMap(6, KEYS)
  expect(['ArrowLeft', 'a', 'D', ' ', 'w', 's', '3'].map(key => map.name(key))).toEqual([
    'ArrowLeft',
    'ArrowLeft',
    'ArrowRight',
    'ArrowUp',
    'ArrowUp',
    undefined,
    '3',
  ])
})

test('a key with a name of its own is no alias', () => {
  expect(new KeyMap(6, { ...KEYS, a: 3 }).name('a')).toBe('a')
})

test('a key that means the same as another makes the same pairs', () => {
  const map = new KeyMap(6, { ...KEYS, ' ': KEYS.ArrowUp })
  map.press('ArrowRight')
  map.press(map.name(' ')!)
  expect(map.take()).toBe(5)
})

test('nothing held is rest, and the newest of two keys wins unless the pair has a name', () => {
  const map = new KeyMap(6, KEYS)
  expect(map.take()).toBe(1)
  map.press('ArrowLeft')
  map.press('ArrowUp')
  expect(map.take()).toBe(4)
  map.release('ArrowUp')
  expect(map.take()).toBe(0)
  map.release('ArrowLeft')
  map.press('ArrowUp')
  map.press('ArrowRight')
  expect(map.take()).toBe(5)
})

test('a tap that ends before the next step is played once', () => {
  const map = new KeyMap(6, KEYS)
  map.press('ArrowRight')
  map.release('ArrowRight')
  expect([map.take(), map.take()]).toEqual([2, 1])
})

test('every action tells its keys', () => {
  const map = new KeyMap(6, KEYS)
  expect([0, 1, 2, 3, 4, 5].map(action => map.signs(action))).toEqual(['←', 'rest', '→', '', '↑', '→↑'])
})
